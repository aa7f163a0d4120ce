import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { readNifti, toRaster } from '../../../dist/datasets/index.js';
import { segmentationScores } from '../../../dist/trainers/index.js';

const SCALE = 6;
const SIDE = 56;
const COLOURS = { 1: [235, 64, 52], 2: [64, 200, 255] };

const maskOf = async (path) => toRaster(await readNifti(path), { role: 'mask' });

/** Scores of every prediction that a run wrote, scan by scan in the order of names, on the grid of the files. */
export async function scoresOf(run, labels) {
  const folder = join(run, 'predictions');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.nii.gz')).sort();
  const each = names.map(async (name) => {
    const [found, truth] = await Promise.all([folder, labels].map((from) => maskOf(join(from, name))));
    return segmentationScores(found, truth, { classes: 3, spacing: [1, 1, 1] });
  });
  return Promise.all(each);
}

/**
 * A picture of some scans, a row each: the slice with most of the hippocampus plain, with the true borders, and with
 * those that each run found. Front is red, back is blue.
 */
export async function overlays(runs, data, scans, out) {
  const rows = await Promise.all(
    scans.map(async (scan) => {
      const name = `${scan}.nii.gz`;
      const image = toRaster(await readNifti(join(data, 'images', name)));
      const truth = await maskOf(join(data, 'labels', name));
      const found = await Promise.all(runs.map((run) => maskOf(join(run, 'predictions', name))));
      const z = fullest(truth);
      return [undefined, truth, ...found].map((mask) => panel(image, mask, z));
    }),
  );
  const tile = SIDE * SCALE;
  const pictures = rows.flatMap((row, y) =>
    row.map((data, x) => ({
      input: data,
      raw: { width: tile, height: tile, channels: 3 },
      left: x * (tile + 4),
      top: y * (tile + 4),
    })),
  );
  const [width, height] = [rows[0].length * (tile + 4) - 4, rows.length * (tile + 4) - 4];
  const canvas = sharp({ create: { width, height, channels: 3, background: '#ffffff' } });
  await canvas.composite(pictures).png().toFile(out);
}

/** The slice that holds most of all classes but 0. */
function fullest({ shape, data }) {
  const [depth, height, width] = shape;
  const counts = Array.from({ length: depth }, (_, z) =>
    data
      .subarray(z * height * width, (z + 1) * height * width)
      .reduce((sum, id) => sum + (id > 0 ? 1 : 0), 0),
  );
  return counts.indexOf(Math.max(...counts));
}

/** One slice, enlarged, y upwards; the borders of the classes of `mask` are drawn inside them. */
function panel(image, mask, z) {
  const [, height, width] = image.shape;
  const slice = image.data.subarray(z * height * width, (z + 1) * height * width);
  const ids = mask?.data.subarray(z * height * width, (z + 1) * height * width);
  const [low, high] = [Math.min(...slice), Math.max(...slice)];
  const idAt = (x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : ids[y * width + x]);
  const tile = SIDE * SCALE;
  const pixels = new Uint8Array(tile * tile * 3).fill(24);
  const [left, top] = [Math.floor((SIDE - width) / 2), Math.floor((SIDE - height) / 2)];
  for (let py = 0; py < tile; py++) {
    for (let px = 0; px < tile; px++) {
      const [x, y] = [Math.floor(px / SCALE) - left, height - 1 - (Math.floor(py / SCALE) - top)];
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const at = (py * tile + px) * 3;
      const grey = (255 * (slice[y * width + x] - low)) / (high - low || 1);
      const id = ids === undefined ? 0 : idAt(x, y);
      const [fx, fy] = [px % SCALE, SCALE - 1 - (py % SCALE)];
      const border =
        id > 0 &&
        ((fx === 0 && idAt(x - 1, y) !== id) ||
          (fx === SCALE - 1 && idAt(x + 1, y) !== id) ||
          (fy === 0 && idAt(x, y - 1) !== id) ||
          (fy === SCALE - 1 && idAt(x, y + 1) !== id));
      pixels.set(border ? COLOURS[id] : [grey, grey, grey], at);
    }
  }
  return Buffer.from(pixels);
}
