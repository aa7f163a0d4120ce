/**
 * The networks of recipes/hippocampus or recipes/scenes with several seeds, and what they reached: tables, curves and
 * overlays. Stopped, it goes on where it stood: each run resumes from its checkpoint, and finished ones are not repeated.
 *
 * node scripts/experiments/volumes.mjs --data DIR [--set-name hippocampus|scenes] [--out runs/hippocampus] [--seeds 0,1,2]
 *   [--only 3d,p3d] [--set key=value …] [--report DIR]
 * DIR holds hippocampus (or video-scenes), each with train and val. Runs of volumes/peer.py are shown where their JSON
 * lies in the folder as <network>-<seed>.json. --report trains nothing: it writes results.json and curves.svg to a folder.
 * Overlays show the scans themselves and stay in the folder of the runs. Needs a build (npm run build).
 */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root } from '../support/run.mjs';
import { report } from './volumes/report.mjs';
import { sets } from './volumes/sets.mjs';

try {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      'set-name': { type: 'string', default: 'hippocampus' },
      out: { type: 'string' },
      seeds: { type: 'string', default: '0,1,2' },
      only: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      report: { type: 'string' },
    },
  });
  const name = values['set-name'];
  if (values.data === undefined || sets[name] === undefined)
    throw new Error(
      `Expected --data, the folder that holds the sets, and --set-name ${Object.keys(sets).join(' or ')}.`,
    );
  const place = { name, data: resolve(values.data), out: resolve(values.out ?? `runs/${name}`) };
  if (values.report === undefined) await experiment({ ...values, ...place });
  await report(place, values.report && resolve(values.report));
} catch (error) {
  fail(error);
}

async function experiment({ name, data, out, seeds, only, set }) {
  await mkdir(out, { recursive: true });
  const recipes = join(root, 'recipes', name);
  const all = (await readdir(recipes)).map((file) => file.replace('.yaml', '')).sort();
  const names = only === undefined ? all : only.split(',');
  for (const seed of seeds.split(',').map(Number)) {
    for (const network of names) {
      const run = join(out, `${network}-${seed}`);
      const file = `${run}.json`;
      if (await readFile(file, 'utf8').catch(() => undefined)) continue;
      const result = await train(join(recipes, `${network}.yaml`), run, seed, set, data);
      await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
    }
  }
}

/** One run by the command that users have; its last word is JSON. */
async function train(recipe, run, seed, set, cwd) {
  const changes = [`seed=${seed}`, ...set];
  const args = [join(root, 'dist/cli/main.js'), 'train', recipe, '--out', run, '--json', '--set', ...changes];
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const part of child.stdout) text += part;
  const code = child.exitCode ?? (await new Promise((done) => child.once('close', done)));
  if (code !== 0) throw new Error(`Training ${run} ended with exit code ${code}.`);
  return JSON.parse(text);
}
