/**
 * `npm run bench -- images --data DIR`: pictures per second of wall and of CPU time from a folder of JPEGs (class
 * folders) to batches of 64 crops of 224 pixels, ours beside Python's loaders, all taking turns in one run.
 *
 * --data DIR        class folders of JPEGs, repeated to 2,000 files in .cache/
 * --peers LIST      names in peer.py             --alone    no peers
 * --python [G=]FILE a Python for the peers of group G (torch, tf, ffcv), or for all; made in .cache/ otherwise
 * --workers 2       --batches 20                 --rounds 5          --json FILE
 */
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { folder, prepare } from '../../dist/datasets/index.js';
import { fail, root } from '../../scripts/support/run.mjs';
import { Contestant, compete, tellMissing } from '../support/contestant.mjs';
import { pythonWith } from '../support/python.mjs';

/** Peers by the Python environment that they need. FFCV is built from source: it wants OpenCV's and TurboJPEG's headers. */
const GROUPS = {
  torch: {
    packages: [
      'torch==2.15.0',
      'torchvision',
      'pillow',
      'numpy',
      'opencv-python-headless',
      'albumentations',
      'nvidia-dali-cuda120',
    ],
    peers: ['torchvision_pil', 'torchvision_io', 'albumentations', 'dali'],
  },
  tf: { packages: ['tensorflow-cpu'], peers: ['tfdata', 'tfdata_plain', 'tfdata_own_crops'] },
  ffcv: { packages: ['torch==2.15.0', 'ffcv'], peers: ['ffcv_jpeg', 'ffcv_raw'] },
};
const ALL = Object.values(GROUPS).flatMap(({ peers }) => peers);
const FILES = 2000;
const here = dirname(fileURLToPath(import.meta.url));

try {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      python: { type: 'string', multiple: true, default: [] },
      peers: { type: 'string', default: ALL.join(',') },
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
  const readyJpeg = join(cache, 'prepared-jpeg');
  for (const [out, form] of [
    [ready, 'rgb'],
    [readyJpeg, 'jpeg'],
  ]) {
    await rm(out, { recursive: true, force: true });
    await prepare(await folder(files), out, { form });
  }
  const common = ['--workers', workers, '--batches', batches];
  const ours = [
    ['JPEG, exact', files, 'exact'],
    ['JPEG, fast', files, 'fast'],
    ['prepared JPEG, exact', readyJpeg, 'exact'],
    ['prepared JPEG, fast', readyJpeg, 'fast'],
    ['prepared, exact', ready, 'exact'],
    ['prepared, fast', ready, 'fast'],
  ].map(([name, from, resampler]) => () => {
    const args = [join(here, 'ours.mjs'), '--data', from, '--resampler', resampler, ...common];
    return new Contestant(`ours ${name}`, process.execPath, args);
  });
  const theirs = alone ? [] : await makers(peers.split(','), python, files, cache, common);
  console.log(
    `${cpus()[0].model}, ${availableParallelism()} cores, ${workers} workers a side, ${FILES} files\n`,
  );
  const { results, missing } = await compete([...theirs, ...ours], Number(rounds));
  const pictures = 64 * Number(batches);
  console.log('| | pictures/s | pictures/CPU-s | consumer busy | resident MiB |\n|---|---:|---:|---:|---:|');
  const rows = Array.from(results, ([name, { about, wall, cpu, consumer, memory }]) => {
    const row = { name, about, perSecond: pictures / wall, perCpuSecond: pictures / cpu, consumer, memory };
    const busy = consumer == null ? '' : `${(consumer * 100).toFixed(1)} %`;
    const rss = memory === 0 ? '' : (memory / 2 ** 20).toFixed(0);
    console.log(
      `| ${name} (${about.version}) | ${row.perSecond.toFixed(0)} | ${row.perCpuSecond.toFixed(0)} | ${busy} | ${rss} |`,
    );
    return row;
  });
  tellMissing(missing);
  if (json !== undefined)
    await writeFile(
      json,
      `${JSON.stringify({ rows, missing: Object.fromEntries(missing) }, undefined, 2)}\n`,
    );
}

/** Starts of the named peers, each with the Python of its group. */
async function makers(names, pythons, files, cache, common) {
  const given = new Map(pythons.map((one) => (one.includes('=') ? one.split('=', 2) : ['', one])));
  const list = [];
  for (const [group, { packages, peers }] of Object.entries(GROUPS)) {
    const wanted = peers.filter((peer) => names.includes(peer));
    if (wanted.length === 0) continue;
    const interpreter = given.get(group) ?? given.get('') ?? (await pythonWith(`images-${group}`, packages));
    for (const peer of wanted) {
      const args = [join(here, 'peer.py'), '--peer', peer, '--data', files, '--cache', cache, ...common];
      list.push(() => new Contestant(peer, interpreter, args));
    }
  }
  return list;
}

/** Class folders of 2,000 files: the given ones again and again under other names. */
async function repeat(source, target) {
  if (existsSync(join(target, 'whole'))) return target;
  await rm(target, { recursive: true, force: true });
  const names = (await readdir(source, { recursive: true })).filter((name) => /\.jpe?g$/i.test(name)).sort();
  if (names.length === 0) throw new Error(`Expected JPEGs in ${source}.`);
  for (let at = 0; at < FILES; at++) {
    const name = names[at % names.length];
    const label = dirname(name).split('/').at(-1);
    const copy = `${Math.floor(at / names.length)}-${name.split('/').join('_')}`;
    const path = join(target, label, copy);
    await mkdir(dirname(path), { recursive: true });
    await link(join(source, name), path).catch(() => copyFile(join(source, name), path));
  }
  await writeFile(join(target, 'whole'), '');
  return target;
}
