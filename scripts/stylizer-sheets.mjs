/**
 * Contact sheets of the embedded stylizer on contents and styles drawn by code:
 * node scripts/stylizer-sheets.mjs [--weights FILE] [--out docs/stylizer] [--side 160] [--alpha 0.25,0.5,1]
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { openEngine } from '../dist/engine/index.js';
import { loadStylizer } from '../dist/styletransfer/index.js';
import { objectNames, objectSvg, textureNames, textureSvg } from './draw/index.mjs';

const { values } = parseArgs({
  options: {
    weights: { type: 'string' },
    out: { type: 'string', default: 'docs/stylizer' },
    side: { type: 'string', default: '160' },
    alpha: { type: 'string', default: '0.25,0.5,1' },
  },
});
const side = Number(values.side);
const gap = 4;
const count = 6;

await openEngine();
const model = await loadStylizer({ path: 'embedded', ...(values.weights && { weights: values.weights }) });
const contents = await Promise.all(spread(objectNames).map((name) => raster(objectSvg(name, 1, side))));
const styles = await Promise.all(spread(textureNames).map((name) => raster(textureSvg(name, 1, side))));
const content = tensor(contents);
const statistics = await model.encodeStyles(tensor(styles));
await mkdir(values.out, { recursive: true });
for (const alpha of values.alpha.split(',').map(Number)) {
  const cells = contents.map((data, column) => ({ data, row: 0, column: column + 1 }));
  for (const [row, style] of styles.entries()) {
    cells.push({ data: style, row: row + 1, column: 0 });
    const painted = await model.stylize(content, Array(contents.length).fill(statistics[row]), alpha);
    const bytes = Uint8Array.from(await tf.round(tf.mul(tf.clipByValue(painted, 0, 1), 255)).data());
    const size = side * side * 3;
    contents.forEach((_, column) => {
      cells.push({
        data: bytes.subarray(column * size, (column + 1) * size),
        row: row + 1,
        column: column + 1,
      });
    });
  }
  const file = join(values.out, `alpha-${alpha}.jpg`);
  await sheet(cells, file);
  process.stdout.write(`${file}\n`);
}
model.dispose();

/** `count` names, evenly spread over the list. */
function spread(names) {
  const kept = Math.min(count, names.length);
  return Array.from({ length: kept }, (_, i) => names[Math.floor((i * names.length) / kept)]);
}

/** Red, green, blue bytes of a drawn picture. */
async function raster(svg) {
  return sharp(Buffer.from(svg))
    .resize(side, side, { fit: 'cover' })
    .flatten()
    .removeAlpha()
    .raw()
    .toBuffer();
}

function tensor(pictures) {
  const bytes = Buffer.concat(pictures);
  return tf.tensor4d(
    Float32Array.from(bytes, (value) => value / 255),
    [pictures.length, side, side, 3],
  );
}

/** Contents along the top, styles down the left. */
async function sheet(cells, file) {
  const at = (index) => gap + index * (side + gap);
  await sharp({
    create: { width: at(count + 1), height: at(count + 1), channels: 3, background: '#ffffff' },
  })
    .composite(
      cells.map(({ data, row, column }) => ({
        input: Buffer.from(data),
        raw: { width: side, height: side, channels: 3 },
        left: at(column),
        top: at(row),
      })),
    )
    .jpeg({ quality: 86 })
    .toFile(file);
}
