/**
 * `npm run bench -- video`: clips of 16 consecutive frames at random starts, per second of wall and of CPU time, ours
 * beside Python's readers, one thread each, all taking turns in one run; and how far the frames are apart.
 *
 * --file FILE     a video; else ../shared/peers/clip_340x256_gop60.mp4      --python FILE   a Python with the peers
 * --peers LIST    names in peer.py      --alone       --size 112      --clips 40      --rounds 5      --json FILE
 */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Rng } from '../../dist/core/index.js';
import { openVideo } from '../../dist/datasets/index.js';
import { fail, root } from '../../scripts/support/run.mjs';
import { Contestant, compete, tellMissing } from '../support/contestant.mjs';
import { pythonWith } from '../support/python.mjs';

const PACKAGES = ['decord', 'av', 'torch', 'torchcodec', 'numpy'];
const FRAMES = 16;
const here = dirname(fileURLToPath(import.meta.url));

try {
  const { values } = parseArgs({
    options: {
      file: { type: 'string', default: join(root, '../shared/peers/clip_340x256_gop60.mp4') },
      python: { type: 'string' },
      peers: { type: 'string', default: 'decord,decord_kept,torchcodec,torchcodec_kept,pyav,pyav_kept' },
      alone: { type: 'boolean', default: false },
      size: { type: 'string', default: '112' },
      clips: { type: 'string', default: '40' },
      rounds: { type: 'string', default: '5' },
      json: { type: 'string' },
    },
  });
  await bench(values);
} catch (error) {
  fail(error);
}

async function bench({ file, python, peers, alone, size, clips, rounds, json }) {
  const side = Number(size);
  const video = await openVideo(file, {
    resampler: 'fast',
    resize: { fit: 'exact', height: side, width: side },
  });
  const { count } = video.index;
  const { width, height, codec } = video.header;
  const rng = Rng.of('bench').at('video');
  const drawn = Array.from({ length: 997 }, () => 1 + rng.integer(count - FRAMES - 2));
  const near = await liveliest(video, drawn.slice(0, 40));
  await video.close();
  const starts = [near.start, ...drawn].join(',');
  const common = [
    '--file',
    file,
    '--starts',
    starts,
    '--size',
    size,
    '--clips',
    clips,
    '--frames',
    `${FRAMES}`,
  ];
  const kinds = [
    ['ours, file kept open', 'node-av', 'fast', []],
    ['ours, file kept open, same memory', 'node-av', 'fast', ['--reused']],
    ['ours, opened again', 'node-av', 'fast', ['--reopen']],
    ['ours, opened for the first time', 'node-av', 'fast', ['--first']],
    ['ours exact, file kept open', 'node-av', 'exact', []],
    ['ours by ffmpeg, index kept', 'ffmpeg', 'fast', []],
  ];
  const ours = kinds.map(([name, decoder, resampler, more]) => () => {
    const args = [join(here, 'ours.mjs'), '--decoder', decoder, '--resampler', resampler, ...more, ...common];
    return new Contestant(name, process.execPath, args);
  });
  const interpreter = alone ? undefined : (python ?? (await pythonWith('video', PACKAGES)));
  const theirs = (alone ? [] : peers.split(',')).map((peer) => () => {
    return new Contestant(peer, interpreter, [join(here, 'peer.py'), '--peer', peer, ...common]);
  });
  console.log(`${cpus()[0].model}; ${codec} ${width}x${height}, clips of ${FRAMES} at ${size}x${size}\n`);
  const { results, missing } = await compete([...theirs, ...ours], Number(rounds));
  console.log('| | clips/s | clips/CPU-s | levels from ours | one frame off |\n|---|---:|---:|---:|---:|');
  const rows = Array.from(results, ([name, { about, wall, cpu }]) => {
    const sample = Buffer.from(about.sample, 'base64');
    const [before, apart, after] = near.clips.map((clip) => distance(sample, clip));
    const off = Math.min(before, after);
    const row = {
      name,
      version: about.version,
      perSecond: clips / wall,
      perCpuSecond: clips / cpu,
      apart,
      off,
    };
    const [perSecond, perCpuSecond] = [row.perSecond.toFixed(1), row.perCpuSecond.toFixed(1)];
    console.log(
      `| ${name} ${about.version} | ${perSecond} | ${perCpuSecond} | ${apart.toFixed(2)} | ${off.toFixed(2)} |`,
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

/** Of several starts the one whose clip differs most from the next, with the clips from a frame before it to one after. */
async function liveliest(video, starts) {
  const read = async (start) => {
    const clip = await video.frames(Array.from({ length: FRAMES }, (_, i) => start + i));
    return Buffer.from(clip.data.buffer);
  };
  let best = { change: -1 };
  for (const start of starts) {
    const clips = [await read(start - 1), await read(start), await read(start + 1)];
    const change = Math.min(distance(clips[0], clips[1]), distance(clips[1], clips[2]));
    if (change > best.change) best = { change, start, clips };
  }
  return best;
}

/** Mean absolute difference of bytes. */
function distance(a, b) {
  if (a.length !== b.length) return Number.NaN;
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs(a[at] - b[at]);
  return sum / a.length;
}
