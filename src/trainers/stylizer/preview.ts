import * as tf from '@tensorflow/tfjs-core';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { applyCrop, type Crop } from './crops.js';
import { decodePicture } from './pictures.js';
import type { StyleTask } from './task.js';

/** Pictures that a preview shows: the centre square of each, `size` pixels. */
export interface PreviewOptions {
  readonly contents: readonly string[];
  readonly styles: readonly string[];
  readonly size: number;
}

/** Centre squares of files as `[n, size, size, 3]` in 0..1. */
export async function centreSquares(paths: readonly string[], size: number): Promise<Float32Array> {
  const length = size * size * 3;
  const out = new Float32Array(paths.length * length);
  for (const [index, path] of paths.entries()) {
    const pixels = await decodePicture(path);
    const side = Math.min(pixels.width, pixels.height);
    const crop: Crop = {
      left: (pixels.width - side) >> 1,
      top: (pixels.height - side) >> 1,
      side,
      flip: false,
      turns: 0,
    };
    await applyCrop(pixels, crop, size, out, index * length);
  }
  return out;
}

/** Writes a sheet: contents across the top, styles down the side, each pair painted, as PNG. */
export async function writePreview(
  path: string,
  task: StyleTask,
  values: ReadonlyMap<string, tf.Tensor>,
  { contents, styles, size }: PreviewOptions,
): Promise<void> {
  const { default: sharp } = await import('sharp');
  const shape = (count: number): [number, number, number, number] => [count, size, size, 3];
  const contentPixels = await centreSquares(contents, size);
  const stylePixels = await centreSquares(styles, size);
  const columns = contents.length + 1;
  const sheet = tf.tidy(() => {
    const top = tf.tensor4d(contentPixels, shape(contents.length));
    const corner = tf.ones(shape(1)) as tf.Tensor4D;
    const rows = [tf.concat([corner, top])];
    for (let row = 0; row < styles.length; row++) {
      const style = tf.slice(tf.tensor4d(stylePixels, shape(styles.length)), [row, 0, 0, 0], shape(1));
      const repeated = tf.tile(style, [contents.length, 1, 1, 1]);
      rows.push(tf.concat([style, task.paint(top, repeated, 1, values)]));
    }
    const grid = tf.reshape(tf.stack(rows), [rows.length, columns, size, size * 3]);
    const lines = tf.reshape(tf.transpose(grid, [0, 2, 1, 3]), [rows.length * size, columns * size, 3]);
    return tf.round(tf.mul(tf.clipByValue(lines, 0, 1), 255));
  });
  const [height, width] = sheet.shape as [number, number];
  const bytes = Uint8Array.from(await sheet.data());
  sheet.dispose();
  const png = await sharp(bytes, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  await writeFileAtomic(path, png, { fsync: false });
}
