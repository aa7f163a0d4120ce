/** Our side of bench/video: clips of consecutive frames from one file, taking turns as peer.py does. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openVideo } from '../../dist/datasets/index.js';

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    starts: { type: 'string' },
    size: { type: 'string' },
    clips: { type: 'string' },
    frames: { type: 'string' },
    decoder: { type: 'string' },
    resampler: { type: 'string' },
    reopen: { type: 'boolean', default: false }, // for each clip; what the file holds is known by then
    first: { type: 'boolean', default: false }, // so that nothing is known
    reused: { type: 'boolean', default: false }, // clips go to the same memory
  },
});
const size = Number(values.size);
const length = Number(values.frames);
const starts = values.starts.split(',').map(Number);
const { decoder, resampler } = values;
const resize = { fit: 'exact', height: size, width: size };
const open = () => openVideo(values.file, { decoder, resampler, resize });
const kept = values.reopen || values.first ? undefined : await open();
let [next, times, memory] = [0, 0];
if (values.first) {
  const folder = mkdtempSync(join(tmpdir(), 'cuemix-bench-video-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  copyFileSync(values.file, join(folder, 'video'));
  values.file = join(folder, 'video');
}
const room = values.reused ? (bytes) => (memory ??= new Uint8Array(bytes)) : undefined;

await work(3);
const sample = Buffer.from(await read(starts[0])).toString('base64');
console.log(JSON.stringify({ version: process.version, sample }));
for await (const _ of createInterface({ input: process.stdin })) {
  const before = cpuSeconds();
  const start = performance.now();
  await work(Number(values.clips));
  console.log(JSON.stringify({ wall: (performance.now() - start) / 1000, cpu: cpuSeconds() - before }));
}
process.exit(0);

async function work(count) {
  for (let at = 0; at < count; at++) await read(starts[next++ % starts.length]);
}

async function read(start) {
  if (values.first) utimesSync(values.file, 1, ++times); // changed, for all that can be told
  const video = kept ?? (await open());
  const positions = Array.from({ length }, (_, i) => start + i);
  const clip = await video.frames(positions, { room });
  if (kept === undefined) await video.close();
  return clip.data;
}

/** Of this process and of its children that have ended (hundredths of a second, from Linux). */
function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  if (decoder !== 'ffmpeg') return (user + system) / 1e6;
  const fields = readFileSync('/proc/self/stat', 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / 100;
}
