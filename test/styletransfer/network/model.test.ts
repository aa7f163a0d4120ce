import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { writeSafetensors } from '../../../src/io/tensors/safetensors.js';
import { loadStylizer, type StyleModel } from '../../../src/styletransfer/network/model.js';
import { initialParameters } from '../../../src/styletransfer/network/stylizer-config.js';
import { packStylizer } from '../../../src/styletransfer/network/stylizer-weights.js';

const config = { stem: 4, middle: 6, deep: 8, blocks: 1, fine: 1, border: 16, head: 6 };

function picture(name: string, height: number, width: number): Uint8Array {
  const rng = Rng.of(name);
  const [a, b, c] = [rng.uniform(0.02, 0.2), rng.uniform(0.02, 0.2), rng.uniform(1, 5)];
  return Uint8Array.from({ length: height * width * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return 127 + 120 * Math.sin(a * (pixel % width) * ((at % 3) + 1) + b * Math.floor(pixel / width) + c);
  });
}

const tensor = (bytes: Uint8Array, height: number, width: number): tf.Tensor4D =>
  tf.tensor4d(
    Float32Array.from(bytes, (value) => value / 255),
    [1, height, width, 3],
  );

describe('embedded stylizer', () => {
  let folder: string;
  let model: StyleModel;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cuemix-'));
    const { tensors, metadata } = packStylizer(config, initialParameters(config, 3));
    const weights = join(folder, 'w.safetensors');
    await writeFile(weights, writeSafetensors(tensors, metadata));
    model = await loadStylizer({ path: 'embedded', weights, precision: 'fp32' });
  });

  afterAll(async () => {
    model.dispose();
    await rm(folder, { recursive: true });
  });

  it('gives a picture of the content’s size, whatever its sides', async () => {
    const [style] = await model.encodeStyles(tensor(picture('s', 40, 56), 40, 56));
    for (const [height, width] of [
      [16, 16],
      [33, 47],
      [64, 24],
    ] as const) {
      const painted = await model.stylize(tensor(picture('c', height, width), height, width), [style!], 1);
      expect(painted.shape).toEqual([1, height, width, 3]);
      expect((await painted.data()).every(Number.isFinite)).toBe(true);
      painted.dispose();
    }
  });

  it('changes nothing at alpha 0, whatever the style, and goes on from there', async () => {
    const content = tensor(picture('c', 48, 48), 48, 48);
    const [own] = await model.encodeStyles(content);
    const [other] = await model.encodeStyles(tensor(picture('s', 48, 48), 48, 48));
    const at = async (style: typeof own, alpha: number): Promise<Float32Array> =>
      (await (await model.stylize(content, [style!], alpha)).data()) as Float32Array;
    const [unchanged, self, half, almost, full] = [
      await at(other, 0),
      await at(own, 0),
      await at(other, 0.5),
      await at(other, 0.99999),
      await at(other, 1),
    ];
    const difference = (a: Float32Array, b: Float32Array): number =>
      Math.max(...a.map((value, index) => Math.abs(value - b[index]!)));
    expect(difference(unchanged, self)).toBeLessThan(1e-5);
    expect(difference(half, unchanged)).toBeGreaterThan(1e-3);
    expect(difference(full, half)).toBeGreaterThan(1e-3);
    // All the way is computed by other kernels.
    expect(difference(full, almost)).toBeLessThan(1e-3);
  });

  it('treats the rows of a batch apart', async () => {
    const [a, b] = [picture('a', 32, 32), picture('b', 32, 32)];
    const both = tf.concat([tensor(a, 32, 32), tensor(b, 32, 32)]);
    const styles = await model.encodeStyles(both);
    const together = (await (await model.stylize(both, [styles[1]!, styles[0]!], 1)).data()) as Float32Array;
    const alone = (await (await model.stylize(tensor(b, 32, 32), [styles[0]!], 1)).data()) as Float32Array;
    alone.forEach((value, index) => {
      expect(Math.abs(value - together[together.length / 2 + index]!)).toBeLessThan(1e-4);
    });
  });

  it.each([
    [150, 203],
    [97, 260],
  ])('paints %d×%d pixels in tiles as in one piece', async (height, width) => {
    const bytes = picture('large', height, width);
    const [style] = await model.encodeStyles(tensor(picture('s', 40, 56), 40, 56));
    const whole = await model.stylize(tensor(bytes, height, width), [style!], 0.8);
    const wanted = Uint8Array.from(await tf.round(tf.mul(tf.clipByValue(whole, 0, 1), 255)).data());
    const tiled = await model.stylizeLarge({ data: bytes, height, width }, style!, 0.8, { tile: 48 });
    const worst = tiled.reduce((most, value, index) => Math.max(most, Math.abs(value - wanted[index]!)), 0);
    expect(worst).toBeLessThanOrEqual(1);
  });

  it('leaks no tensors', async () => {
    const content = tensor(picture('c', 32, 32), 32, 32);
    const run = async (): Promise<void> => {
      const [style] = await model.encodeStyles(content);
      (await model.stylize(content, [style!], 1)).dispose();
    };
    await run();
    const before = tf.memory().numTensors;
    for (let index = 0; index < 5; index++) await run();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what it cannot paint', async () => {
    const content = tensor(picture('c', 32, 32), 32, 32);
    const [style] = await model.encodeStyles(content);
    await expect(model.stylize(content, [], 1)).rejects.toThrow('Expected one style for each of 1 pictures');
    await expect(model.stylize(content, [style!], 1.5)).rejects.toThrow('alpha from 0 to 1');
    await expect(model.stylize(content, [{ layers: [] }], 1)).rejects.toThrow('style statistics');
    await expect(model.encodeStyles(tf.zeros([1, 8, 8, 3]))).rejects.toThrow('16 pixels at least');
  });
});
