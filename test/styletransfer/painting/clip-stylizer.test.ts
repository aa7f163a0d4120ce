import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { picture, type Raster } from '../../../src/core/sample.js';
import { openEngine } from '../../../src/engine/index.js';
import { type ClipStylizer, loadClipStylizer } from '../../../src/styletransfer/painting/clip-stylizer.js';
import { draw } from '../../helpers/fixtures.js';

const [HEIGHT, WIDTH] = [48, 64];
let stylizer: ClipStylizer;
let style: Raster;
beforeAll(async () => {
  await openEngine();
  stylizer = await loadClipStylizer({ path: 'embedded', precision: 'fp32' });
  style = picture(draw({ shape: 'disc', texture: 'stripes', width: 40, height: 32, hue: 0.7 }), 32, 40);
});
afterAll(() => stylizer.dispose());

/** A clip of drawn frames. */
function clipOf(frames: readonly Uint8Array[]): Raster {
  const data = new Uint8Array(frames.length * HEIGHT * WIDTH * 3);
  for (const [t, frame] of frames.entries()) data.set(frame, t * frame.length);
  return { role: 'intensity', axes: ['t', 'y', 'x'], shape: [frames.length, HEIGHT, WIDTH, 3], data };
}
const frame = (hue: number) => draw({ shape: 'square', texture: 'dots', width: WIDTH, height: HEIGHT, hue });
/** The same with one corner another. */
const blinking = (t: number) => {
  const data = frame(0.2);
  for (let y = 0; y < 12; y++) data.fill(t % 2 === 0 ? 0 : 255, y * WIDTH * 3, (y * WIDTH + 16) * 3);
  return data;
};

/** Mean absolute change from frame to frame, in levels, of the rows from `top` on. */
function change({ data, shape }: Raster, top = 0): number {
  const [frames, height, width] = shape as [number, number, number];
  const area = height * width * 3;
  let sum = 0;
  for (let t = 1; t < frames; t++)
    for (let i = top * width * 3; i < area; i++)
      sum += Math.abs(data[t * area + i]! - data[(t - 1) * area + i]!);
  return sum / (frames - 1) / (area - top * width * 3);
}

it('paints a static clip without any flicker, and paints it', async () => {
  const clip = clipOf(Array.from({ length: 19 }, () => frame(0.2)));
  const before = tf.memory().numTensors;
  const painted = await stylizer.paint(clip, style);
  expect(tf.memory().numTensors).toBe(before);
  expect(painted.shape).toEqual(clip.shape);
  expect(change(painted)).toBe(0);
  let apart = 0;
  for (const [i, value] of painted.data.entries()) apart += Math.abs(value - clip.data[i]!);
  expect(apart / clip.data.length).toBeGreaterThan(10);
});

it('does not let a change in one corner make the rest flicker, as painting frame by frame does', async () => {
  const frames = Array.from({ length: 6 }, (_, t) => blinking(t));
  const painted = await stylizer.paint(clipOf(frames), style);
  const single = [];
  for (const one of frames) single.push((await stylizer.paint(clipOf([one]), style)).data as Uint8Array);
  const [together, apart] = [change(painted, 40), change(clipOf(single), 40)];
  expect(together).toBeLessThan(0.5 * apart + 0.5);
});

it('with alpha 0 knows no style; refuses what is no clip', async () => {
  const clip = clipOf([frame(0.1), frame(0.6)]);
  const other = picture(draw({ shape: 'cross', texture: 'checks', width: 32, height: 32 }), 32, 32);
  const [a, b] = [
    await stylizer.paint(clip, style, { alpha: 0 }),
    await stylizer.paint(clip, other, { alpha: 0 }),
  ];
  expect(Buffer.compare(a.data as Uint8Array, b.data as Uint8Array)).toBe(0);
  await expect(stylizer.paint(style, style)).rejects.toThrow('axes tyx');
  await expect(stylizer.paint(clip, clip)).rejects.toThrow('axes yx');
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(stylizer.paint(clip, style, { signal })).rejects.toThrow('enough');
});
