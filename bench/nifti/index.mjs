/**
 * `npm run bench -- nifti`: load a 256³ .nii.gz, turn it to RAS, resample it to 1 mm, scale it to 0..1. Ours beside MONAI
 * and nibabel with scipy, all processes taking turns in one run, and how far our result is from MONAI's. Ours twice:
 * as it is, and with the result always in the same memory ("reused").
 *
 * --python FILE   a Python with monai and nibabel (otherwise one is made in .cache/)   --rounds 5   --file SCAN
 * --threads N     of each peer (default 1: ours has one thread, too)   --json FILE     --no-peers
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fail } from '../../scripts/support/run.mjs';
import { Contestant, compete, tellMissing } from '../support/contestant.mjs';
import { pythonWith } from '../support/python.mjs';
import { makeScan } from './scan.mjs';

const PACKAGES = ['torch==2.15.0', 'monai==1.6.1', 'nibabel==5.4.2', 'scipy==1.17.1', 'numpy'];
const YARDSTICK = 'monai';
const here = dirname(fileURLToPath(import.meta.url));

try {
  const { values } = parseArgs({
    options: {
      python: { type: 'string' },
      file: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      threads: { type: 'string', default: '1' },
      json: { type: 'string' },
      peers: { type: 'boolean', default: true },
    },
    allowNegative: true,
  });
  await bench(values);
} catch (error) {
  fail(error);
}

async function bench({ python, file, rounds, threads, json, peers }) {
  const work = await mkdtemp(join(tmpdir(), 'cuemix-bench-nifti-'));
  try {
    const scan = file ?? (await makeScan(join(work, 'scan.nii.gz')));
    const result = join(work, 'ours.f32');
    const interpreter = peers ? (python ?? (await pythonWith('monai', PACKAGES))) : undefined;
    const ours = [[], ['reused']].map((how) => () => {
      const name = ['ours', ...how].join(', ');
      return new Contestant(name, process.execPath, [join(here, 'ours.mjs'), scan, result, ...how]);
    });
    const theirs = ['monai', 'nibabel+scipy'].map(
      (peer) => () =>
        new Contestant(peer, interpreter, [
          join(here, 'peer.py'),
          ...['--peer', peer, '--file', scan, '--threads', threads, '--ours', result],
        ]),
    );
    const { results, missing } = await compete(peers ? [...ours, ...theirs] : ours, Number(rounds));
    console.log(`${cpus()[0].model}, ${threads} threads a peer, best of ${rounds}\n`);
    const rows = table(results);
    tellMissing(missing);
    if (json !== undefined) {
      const report = { threads: Number(threads), rows, missing: Object.fromEntries(missing) };
      await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function table(results) {
  const yardstick = results.get(YARDSTICK);
  console.log('| | wall s | CPU s | times MONAI per CPU-s | error of ours |\n|---|---:|---:|---:|---:|');
  return Array.from(results, ([name, { wall, cpu, about }]) => {
    const ratio = yardstick && yardstick.cpu / cpu;
    const cells = [
      wall.toFixed(3),
      cpu.toFixed(3),
      ratio?.toFixed(2) ?? '–',
      about.error?.toExponential(1) ?? '–',
    ];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
    return { name, wall, cpu, ratio, about };
  });
}
