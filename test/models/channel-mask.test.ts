import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile, openEngine } from '../../src/engine/index.js';
import { cakesUNet } from '../../src/models/index.js';
import { channelMask } from '../../src/models/layers/channel-mask.js';

beforeAll(async () => {
  await openEngine();
});

const draw = (parts: readonly number[], kept: number, balanced: boolean, step: number): number[] =>
  tf.tidy(() => [...channelMask({ parts, kept, balanced }, tf.tensor1d([step, 7], 'int32'), 0).dataSync()]);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe('channelMask', () => {
  test.each([false, true])('keeps exactly as many as it is told; balanced: %s', (balanced) => {
    for (let step = 0; step < 20; step++) expect(sum(draw([12, 12], 12, balanced, step))).toBe(12);
  });

  test('every step draws anew, and the same step the same', () => {
    expect(draw([8, 8, 8], 8, false, 1)).toEqual(draw([8, 8, 8], 8, false, 1));
    expect(draw([8, 8, 8], 8, false, 1)).not.toEqual(draw([8, 8, 8], 8, false, 2));
  });

  test('uniform: every channel is kept equally often; balanced: every number of the first kind is', () => {
    const steps = Array.from({ length: 400 }, (_, step) => step);
    const uniform = steps.map((step) => draw([6, 6, 6], 6, false, step));
    for (let channel = 0; channel < 18; channel++)
      expect(sum(uniform.map((mask) => mask[channel]!)) / 400).toBeCloseTo(1 / 3, 0.7); // within 0.1
    const counts = steps.map((step) => sum(draw([4, 4], 4, true, step).slice(0, 4)));
    for (let count = 0; count <= 4; count++)
      expect(counts.filter((each) => each === count).length / 400).toBeCloseTo(1 / 5, 0.7);
  });
});

test('a performance-priority network trains other channels at every step, compiled, and all in evaluation', async () => {
  const options = { channels: 1, classes: 2, widths: [4, 6], op: '1+2+3d' as const, search: true };
  const cost = cakesUNet({ ...options, priority: 'cost' });
  const performance = cakesUNet({ ...options, priority: 'performance' });
  const x = tf.randomNormal([1, 8, 8, 8, 1], 0, 1, 'float32', 2);
  const run = compile(
    (input: tf.Tensor, seed: tf.Tensor) =>
      performance.apply(input, { training: true, seed: seed as tf.Tensor1D }),
    { precision: 'fp32', name: 'sampled' },
  );
  const outputs: number[][] = [];
  for (const step of [1, 2, 1]) {
    const seed = tf.tensor1d([step, 3], 'int32');
    const y = await run(x, seed);
    outputs.push([...((await y.data()) as Float32Array)]);
    tf.dispose([y, seed]);
  }
  expect(outputs[0]).not.toEqual(outputs[1]);
  expect(outputs[0]).toEqual(outputs[2]);
  for (const [name, variable] of cost.variables) performance.variables.get(name)!.assign(variable);
  const [plain, sampled] = [cost, performance].map((model) => tf.tidy(() => [...model.apply(x).dataSync()]));
  expect(sampled).toEqual(plain);
  run.dispose();
  x.dispose();
  cost.dispose();
  performance.dispose();
});
