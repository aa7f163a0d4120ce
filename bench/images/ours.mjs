/** Our side of bench/images: batches of crops from JPEG files or from a prepared set, taking turns as peer.py does. */
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
await take(8);
console.log(JSON.stringify({ version: process.version, pictures: data.length }));

for await (const _ of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  const idle = performance.eventLoopUtilization();
  const start = performance.now();
  await take(batches);
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const { utilization } = performance.eventLoopUtilization(idle);
  const rss = process.memoryUsage().rss;
  console.log(JSON.stringify({ wall, cpu: (user + system) / 1e6, consumer: utilization, rss }));
}
process.exit(0);

async function take(count) {
  for (let at = 0; at < count; at++) await iterator.next();
}
