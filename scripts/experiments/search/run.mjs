/**
 * The searches against what they have to beat, with several seeds. Stopped, it goes on where it stood: every run resumes
 * from its checkpoint, and finished ones are not repeated. Needs a build (npm run build) and an engine.
 *
 * node scripts/experiments/search.mjs run --data DIR [--out runs/experiments-search] [--seeds 0,1,2]
 *   [--only atomnas,autonl] [--entries search,random]
 *
 * DIR holds imagenette160-mini, hippocampus and video-scenes. Results: OUT/results/<experiment>-<entry>-<seed>.json;
 * `report.mjs` makes tables and plots of them.
 */
import { access, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, node, root } from '../../support/run.mjs';
import { EXPERIMENTS } from './plan.mjs';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string', default: 'runs/experiments-search' },
    seeds: { type: 'string', default: '0,1,2' },
    only: { type: 'string' },
    entries: { type: 'string' },
    build: { type: 'string', default: join(root, 'dist') },
  },
});
const { loadCheckpoint, readRecipe, search, train } = await import(
  join(resolve(given.build), 'trainers/index.js')
);
const { countModel } = await import(join(resolve(given.build), 'models/index.js'));

try {
  if (given.data === undefined) throw new Error('Expected --data: the folder that holds the data sets.');
  await experiments(resolve(given.data), resolve(given.out));
} catch (error) {
  fail(error);
}

async function experiments(data, out) {
  const work = await prepared(data, out);
  process.chdir(work); // recipes name data by relative paths
  const chosen = EXPERIMENTS.filter(({ name }) => given.only?.split(',').includes(name) ?? true);
  for (const seed of given.seeds.split(',').map(Number)) {
    for (const experiment of chosen) {
      const entries = given.entries?.split(',') ?? Object.keys(experiment.entries);
      for (const entry of entries) if (entry in experiment.entries) await once(experiment, entry, seed, out);
    }
  }
}

/** A folder with the data as the recipes name it; pictures decoded once. */
async function prepared(data, out) {
  const work = join(out, 'data');
  await mkdir(join(work, 'imagenette64'), { recursive: true });
  await mkdir(join(out, 'results'), { recursive: true });
  for (const name of ['hippocampus', 'video-scenes'])
    await symlink(join(data, name), join(work, name)).catch(() => undefined);
  for (const part of ['train', 'val']) {
    const to = join(work, 'imagenette64', part);
    const exists = await access(to).then(
      () => true,
      () => false,
    );
    const from = join(data, 'imagenette160-mini', part);
    const cli = join(resolve(given.build), 'cli/main.js');
    if (!exists) await node(cli, ['prepare', from, '--size', '64', '--out', to]);
  }
  return work;
}

async function once({ name, recipe = name, shape, entries }, entry, seed, out) {
  const file = join(out, 'results', `${name}-${entry}-${seed}.json`);
  const done = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  if (done !== undefined) return;
  const { set, fixed, from } = entries[entry];
  const changes = from === undefined ? set : [await foundBy(`${name}-${from}-${seed}`, out), ...set];
  const path = join(root, 'scripts/experiments/search/recipes', `${recipe}.yaml`);
  const parsed = await readRecipe(path, [`seed=${seed}`, ...changes]);
  const folder = join(out, 'runs', `${name}-${entry}-${seed}`);
  const found = fixed ? await trained(parsed, folder, shape) : await searched(parsed, folder);
  const result = { experiment: name, entry, seed, epochs: parsed.recipe.epochs, ...found };
  await writeFile(file, `${JSON.stringify(result)}\n`);
  const { macs, params, metrics, cpu } = result;
  console.log(name, entry, seed, { macs, params, ...metrics, ...cpu });
}

/** The network of another result, as a change of the recipe. */
async function foundBy(result, out) {
  const text = await readFile(join(out, 'results', `${result}.json`), 'utf8');
  const { family, options } = JSON.parse(text).config;
  return `model=${JSON.stringify({ [family]: options })}`;
}

/** Processor seconds since the last call: the clock is no measure on a machine with other work. */
function stopwatch() {
  let before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    return Math.round((user + system) / 1e5) / 10;
  };
}

async function searched(parsed, out) {
  const lap = stopwatch();
  const cpu = {};
  let found;
  let metrics;
  let resumed = false;
  const curve = [];
  for await (const told of search(parsed, { out })) {
    if (told.phase === 'found') {
      found = told.result;
      cpu.search = lap();
      continue;
    }
    const { phase, event } = told;
    if (event.type === 'start' && event.resumed !== undefined) resumed = true;
    if (event.type === 'validation') curve.push({ phase, epoch: event.epoch, ...event.metrics });
    if (event.type === 'end') metrics = event.metrics;
  }
  if (found.search !== 'atomnas') cpu.train = lap();
  const { macs, params, config, records, inputShape } = found;
  return { macs, params, inputShape, metrics, cpu, ...(resumed && { resumed }), config, records, curve };
}

async function trained({ recipe: { search: _, ...recipe }, known }, out, shape) {
  const lap = stopwatch();
  const curve = [];
  let metrics;
  let resumed = false;
  await mkdir(out, { recursive: true });
  for await (const event of train({ recipe, known }, { out })) {
    if (event.type === 'start' && event.resumed !== undefined) resumed = true;
    if (event.type === 'validation') curve.push({ phase: 'train', epoch: event.epoch, ...event.metrics });
    if (event.type === 'end') metrics = event.metrics;
  }
  const cpu = { train: lap() };
  const { model, config } = await loadCheckpoint(out);
  model.dispose();
  const { macs, params } = countModel(config, shape);
  return { macs, params, inputShape: shape, metrics, cpu, ...(resumed && { resumed }), config, curve };
}
