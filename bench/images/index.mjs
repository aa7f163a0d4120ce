/**
 * `npm run bench -- images --data DIR`: pictures per second of wall and of CPU time from a folder of JPEGs (class
 * folders) to batches of 64 crops of 224 pixels, ours beside Python's loaders, all taking turns in one run.
 *
 * --data DIR      class folders of JPEGs, repeated to 2,000 files in .cache/        --python FILE   a Python with the peers
 * --peers LIST    names in peer.py      --no-peers       --workers 2      --batches 20     --rounds 5      --json FILE
 */
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { folder, prepare } from '../../dist/datasets/index.js';
import { fail, root } from '../../scripts/support/run.mjs';
import { Contestant, compete } from '../support/contestant.mjs';
import { pythonWith } from '../support/python.mjs';

const PACKAGES = [
  'torch==2.15.0',
  'torchvision',
  'pillow',
  'numpy',
  'opencv-python-headless',
  'albumentations',
];
const FILES = 2000;
const here = dirname(fileURLToPath(import.meta.url));

try {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      python: { type: 'string' },
      peers: {
        type: 'string',
        default: 'torchvision_pil,torchvision_io,albumentations,tfdata,dali,ffcv_jpeg,ffcv_raw',
      },
      alone: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(availableParallelism()) },
      batches: { type: 'string', default: '20' },
      rounds: { type: 'string', default: '5' },
      json: { type: 'string' },
    },
  });
  if (values.data === undefined) throw new Error('Say which pictures: --data DIR (class folders of JPEGs).');
  await bench(values);
} catch (error) {
  fail(error);
}

async function bench({ data, python, peers, alone, workers, batches, rounds, json }) {
  const cache = join(root, '.cache', 'bench-images');
  const files = await repeat(data, join(cache, 'files'));
  const ready = join(cache, 'prepared');
  await rm(ready, { recursive: true, force: true });
  await prepare(await folder(files), ready);
  const common = ['--workers', workers, '--batches', batches];
  const ours = [
    ['ours jpeg', files, 'exact'],
    ['ours jpeg, fast', files, 'fast'],
    ['ours prepared', ready, 'exact'],
    ['ours prepared, fast', ready, 'fast'],
  ].map(([name, from, resampler]) => () => {
    const args = [join(here, 'ours.mjs'), '--data', from, '--resampler', resampler, ...common];
    return new Contestant(name, process.execPath, args);
  });
  const interpreter = alone ? undefined : (python ?? (await pythonWith('images', PACKAGES)));
  const theirs = (alone ? [] : peers.split(',')).map((peer) => () => {
    const args = [join(here, 'peer.py'), '--peer', peer, '--data', files, '--cache', cache, ...common];
    return new Contestant(peer, interpreter, args);
  });
  console.log(
    `${cpus()[0].model}, ${availableParallelism()} cores, ${workers} workers a side, ${FILES} files\n`,
  );
  const { results, missing } = await compete([...theirs, ...ours], Number(rounds));
  const pictures = 64 * Number(batches);
  console.log('| | pictures/s | pictures/CPU-s |\n|---|---:|---:|');
  const rows = Array.from(results, ([name, { about, wall, cpu }]) => {
    const row = { name, about, perSecond: pictures / wall, perCpuSecond: pictures / cpu };
    console.log(
      `| ${name} ${about.version} | ${row.perSecond.toFixed(0)} | ${row.perCpuSecond.toFixed(0)} |`,
    );
    return row;
  });
  for (const [name, reason] of missing)
    console.log(`Left out: ${name} (${reason.trim().split('\n').at(-1)})`);
  if (json !== undefined)
    await writeFile(
      json,
      `${JSON.stringify({ rows, missing: Object.fromEntries(missing) }, undefined, 2)}\n`,
    );
}

/** Class folders of 2,000 files: the given ones again and again under other names. */
async function repeat(source, target) {
  if (existsSync(join(target, 'whole'))) return target;
  await rm(target, { recursive: true, force: true });
  const names = (await readdir(source, { recursive: true })).filter((name) => /\.jpe?g$/i.test(name)).sort();
  if (names.length === 0) throw new Error(`Expected JPEGs in ${source}.`);
  for (let at = 0; at < FILES; at++) {
    const name = names[at % names.length];
    const path = join(target, dirname(name), `${Math.floor(at / names.length)}-${name.split('/').at(-1)}`);
    await mkdir(dirname(path), { recursive: true });
    await link(join(source, name), path).catch(() => copyFile(join(source, name), path));
  }
  await writeFile(join(target, 'whole'), '');
  return target;
}
