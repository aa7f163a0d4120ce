/**
 * `npm run bench -- stylize`: pictures per second of wall and of CPU time, ours beside the same networks in PyTorch,
 * all processes taking turns in one run; then a whole dataset beside the network alone.
 *
 * --python FILE   a Python with torch (otherwise one is made in .cache/)   --sizes 224,512   --batch 4   --rounds 5
 * --threads N     of each side (default: all cores)   --json FILE          --no-peers        --no-dataset
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { defaultStylizer } from '../../dist/styletransfer/network/stylizer-config.js';
import { fail } from '../../scripts/support/run.mjs';
import { Contestant, compete, tellMissing } from '../support/contestant.mjs';
import { pythonWith } from '../support/python.mjs';
import { measureDataset } from './dataset.mjs';

const TORCH = 'torch==2.15.0';
const YARDSTICK = 'torch vgg compile bf16';
const PEERS = [
  ['vgg', 'eager', 'fp32'],
  ['vgg', 'channels_last', 'bf16'],
  ['vgg', 'compile', 'fp32'],
  ['vgg', 'compile', 'bf16'],
  ['embedded', 'channels_last', 'bf16'],
  ['embedded', 'compile', 'bf16'],
];
const OURS = [
  ['vgg', 'fp32'],
  ['vgg', 'bf16'],
  ['embedded', 'fp32'],
  ['embedded', 'bf16'],
];

const here = dirname(fileURLToPath(import.meta.url));

try {
  const { values } = parseArgs({
    options: {
      python: { type: 'string' },
      sizes: { type: 'string', default: '224,512' },
      batch: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '5' },
      threads: { type: 'string', default: String(availableParallelism()) },
      json: { type: 'string' },
      peers: { type: 'boolean', default: true },
      dataset: { type: 'boolean', default: true },
    },
    allowNegative: true,
  });
  await bench(values);
} catch (error) {
  fail(error);
}

async function bench({ python, sizes, batch, rounds, threads, json, peers, dataset }) {
  console.log(
    `${cpus()[0].model}, ${availableParallelism()} cores, ${threads} threads a side, batches of ${batch}`,
  );
  const interpreter = peers ? (python ?? (await pythonWith('torch', [TORCH, 'numpy']))) : undefined;
  const report = { threads: Number(threads), batch: Number(batch), sizes: {} };
  for (const size of sizes.split(',')) {
    const common = ['--size', size, '--batch', batch, '--threads', threads];
    const { results, missing } = await compete(contestants(interpreter, common), Number(rounds));
    const rows = table(results, Number(batch));
    print(size, rows, missing);
    report.sizes[size] = { rows, missing: Object.fromEntries(missing) };
    if (dataset) {
      const alone =
        rows.find(({ name }) => name === 'ours embedded bf16') ??
        rows.find(({ name }) => name === 'ours embedded fp32');
      report.sizes[size].dataset = await measureDataset({
        size: Number(size),
        threads: Number(threads),
        alone,
      });
    }
  }
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
}

function contestants(python, common) {
  const flags = (network, precision) => ['--network', network, '--precision', precision, ...common];
  const config = ['--config', JSON.stringify(defaultStylizer)];
  const peers = PEERS.map(([network, mode, precision]) => () => {
    const args = [join(here, 'peer.py'), ...flags(network, precision), '--mode', mode, ...config];
    return new Contestant(`torch ${network} ${mode} ${precision}`, python, args);
  });
  const ours = OURS.map(([network, precision]) => () => {
    const args = [join(here, 'ours.mjs'), ...flags(network, precision)];
    return new Contestant(`ours ${network} ${precision}`, process.execPath, args);
  });
  return python === undefined ? ours : [...peers, ...ours];
}

function table(results, batch) {
  const rows = Array.from(results, ([name, { wall, cpu, about }]) => ({
    name,
    about,
    perSecond: batch / wall,
    perCpuSecond: batch / cpu,
  }));
  const yardstick = rows.find(({ name }) => name === YARDSTICK);
  return rows.map((row) => ({
    ...row,
    wallRatio: yardstick && row.perSecond / yardstick.perSecond,
    cpuRatio: yardstick && row.perCpuSecond / yardstick.perCpuSecond,
  }));
}

function print(size, rows, missing) {
  const number = (value, digits) => (value === undefined ? '–' : value.toFixed(digits));
  console.log(`\n${size} pixels; ratios to "${YARDSTICK}"\n`);
  console.log('| | pictures/s | ratio | pictures/CPU-s | ratio |\n|---|---:|---:|---:|---:|');
  for (const { name, perSecond, perCpuSecond, wallRatio, cpuRatio } of rows) {
    const cells = [number(perSecond, 2), number(wallRatio, 2), number(perCpuSecond, 2), number(cpuRatio, 2)];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
  tellMissing(missing);
}
