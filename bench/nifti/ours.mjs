/**
 * Our side of bench/nifti: `ours.mjs SCAN RESULT [reused]`; writes its result once, as float32, for the peers to compare.
 * `reused`: the result always goes to the same memory.
 */
import { writeFile } from 'node:fs/promises';
import { preprocessVolume } from '../../dist/datasets/index.js';
import { takeTurns } from '../support/turns.mjs';

const [scan, result, how] = process.argv.slice(2);

const options = { orientation: 'RAS', spacing: [1, 1, 1], unit: true };
const { raster } = await preprocessVolume(scan, options);
await writeFile(result, new Uint8Array(raster.data.buffer, raster.data.byteOffset, raster.data.byteLength));
if (how === 'reused') options.into = raster.data;

const once = () => preprocessVolume(scan, options);
for (let i = 0; i < 3; i++) await once();
console.log(JSON.stringify({ shape: [...raster.shape.slice(0, 3)].reverse() }));

await takeTurns(once);
