/** Our side of bench/nifti: `ours.mjs SCAN RESULT`; writes its result once, as float32, for the peers to compare. */
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { preprocessVolume } from '../../dist/datasets/index.js';

const [scan, result] = process.argv.slice(2);

const once = () => preprocessVolume(scan, { orientation: 'RAS', spacing: [1, 1, 1], unit: true });

for (let i = 0; i < 3; i++) await once();
const { raster } = await once();
await writeFile(result, new Uint8Array(raster.data.buffer, raster.data.byteOffset, raster.data.byteLength));
console.log(JSON.stringify({ shape: [...raster.shape.slice(0, 3)].reverse() }));

for await (const _ of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  const start = performance.now();
  await once();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ wall, cpu: (user + system) / 1e6 }));
}
