/** Our side of bench/images: batches of crops from JPEG files or from a prepared set, taking turns as peer.py does. */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openDataset, stream } from '../../dist/datasets/index.js';
import { flip } from '../../dist/transforms/flip.js';
import { randomResizedCrop } from '../../dist/transforms/random-resized-crop.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    resampler: { type: 'string' },
    workers: { type: 'string' },
    batches: { type: 'string' },
  },
});
const batches = Number(values.batches);
const data = await openDataset(values.data, { resampler: values.resampler });
const options = {
  batch: 64,
  remainder: 'drop',
  epochs: Infinity,
  reuse: true,
  workers: Number(values.workers),
};
const source = stream(data, { ...options, transforms: [randomResizedCrop({ size: 224 }), flip()] });
const iterator = source[Symbol.asyncIterator]();
const DRAIN = 10;
const EPOCH = 32; // all 2,000 files once: code is compiled, checksums are proven, files are in memory
await take(EPOCH);
console.log(JSON.stringify({ version: process.version, pictures: data.length }));

for await (const _ of createInterface({ input: process.stdin })) {
  await take(DRAIN); // what was prepared while the others had their turns
  const before = process.cpuUsage();
  const own = await ownTime();
  const start = performance.now();
  await take(batches);
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1e6;
  // Of the time that the work takes where every worker has a core to itself, which a shared machine does not give.
  const consumer = ((await ownTime()) - own) / (cpu / Math.max(1, options.workers));
  const memory = process.memoryUsage().rss;
  console.log(JSON.stringify({ wall, cpu, consumer, memory }));
}
await iterator.return();

/** Processor seconds of this thread (Linux; elsewhere not a number). */
async function ownTime() {
  const text = await readFile(`/proc/self/task/${process.pid}/schedstat`, 'utf8').catch(() => '');
  return Number(text.split(' ')[0] || Number.NaN) / 1e9;
}

async function take(count) {
  for (let at = 0; at < count; at++) await iterator.next();
}
