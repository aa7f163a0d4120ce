import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateCueConflict } from '../../dist/styletransfer/index.js';
import { encodePicture, loadPicture } from '../../dist/styletransfer/produce/pictures.js';
import { node, root } from '../../scripts/support/run.mjs';

const COUNTS = { few: 1, many: 7 };
const SIDE = 500; // pixels of the inputs, as photographs of ImageNet have

/**
 * Times a whole dataset (decode, paint, encode, write, commit) beside the network alone. What is paid once (starting,
 * recording, encoding styles) falls out as the difference of a large and a small dataset of the same kinds.
 */
export async function measureDataset({ size, alone }) {
  const folder = await mkdtemp(join(tmpdir(), 'cuemix-bench-'));
  try {
    const styles = join(folder, 'styles');
    await draw('--textures', styles, 1);
    const runs = {};
    for (const [name, count] of Object.entries(COUNTS)) {
      await draw('--objects', join(folder, name), 2 * count);
      runs[name] = await timed(folder, name, styles, size);
    }
    const pictures = runs.many.made - runs.few.made;
    const wall = (runs.many.wall - runs.few.wall) / pictures;
    const cpu = (runs.many.cpu - runs.few.cpu) / pictures;
    const codec = await measureCodec(join(folder, 'few'), size);
    const result = { pictures, perSecond: 1 / wall, perCpuSecond: 1 / cpu, ...codec };
    print(result, alone);
    return {
      ...result,
      aloneWall: alone && 1 / alone.perSecond / wall,
      aloneCpu: alone && 1 / alone.perCpuSecond / cpu,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In another process: the package forbids its sharp to read the SVG that drawings are made of. */
function draw(kind, folder, count) {
  return node(join(root, 'scripts/draw.mjs'), [kind, folder, '--count', `${count}`, '--size', `${SIDE}`]);
}

async function timed(folder, name, styles, size) {
  const before = process.cpuUsage();
  const { made, stylizeSeconds } = await generateCueConflict({
    content: join(folder, name),
    styles,
    out: join(folder, `${name}-out`),
    size: { width: size, height: size },
    batch: 8,
  });
  const { user, system } = process.cpuUsage(before);
  return { made, wall: stylizeSeconds, cpu: (user + system) / 1e6 };
}

/** CPU milliseconds of decoding and shrinking one input, and of encoding one result, as the generation does both. */
async function measureCodec(folder, size) {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith('.jpg')).map((name) => join(folder, name));
  const pictures = [];
  const decodeMs = await cpuMs(files.length, async (index) => {
    pictures[index] = await loadPicture(files[index], { fit: 'cover', width: size, height: size });
  });
  const encodeMs = await cpuMs(files.length, (index) =>
    encodePicture(pictures[index], { image: 'jpeg', quality: 95 }),
  );
  return { decodeMs, encodeMs };
}

async function cpuMs(count, work) {
  await work(0);
  const before = process.cpuUsage();
  for (let index = 0; index < count; index++) await work(index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / count;
}

function print({ perSecond, perCpuSecond, decodeMs, encodeMs }, alone) {
  const total = 1000 / perCpuSecond;
  const share = (ms) => `${ms.toFixed(1)} ms (${((100 * ms) / total).toFixed(0)} %)`;
  console.log(
    `\nWhole dataset: ${perSecond.toFixed(1)} pictures/s, ${perCpuSecond.toFixed(1)} per CPU-second`,
  );
  console.log(
    `CPU of a picture: decode ${share(decodeMs)}, encode ${share(encodeMs)}, total ${total.toFixed(1)} ms`,
  );
  if (alone === undefined) return;
  const network = 1000 / alone.perCpuSecond;
  console.log(
    `Network alone (${alone.name}): ${alone.perSecond.toFixed(1)} pictures/s, ${share(network)}; ` +
      `end to end takes ${(alone.perSecond / perSecond).toFixed(2)} times its time`,
  );
}
