import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile, openEngine } from '../../../src/engine/index.js';

beforeAll(async () => {
  expect((await openEngine()).kind).toBe('libtensorflow');
});

describe('what cannot be compiled is an error that names the op', () => {
  let x: tf.Tensor;
  beforeAll(() => {
    x = tf.randomNormal([4, 100]);
  });
  afterAll(() => x.dispose());

  test.each<[string, string, (input: tf.Tensor) => tf.Tensor]>([
    ['E_READ', 'op Sum', (input) => (tf.sum(input).dataSync()[0]! > 1e9 ? input : tf.neg(input))],
    ['E_READ', 'inputs', (input) => tf.add(input, input.dataSync()[0]!)],
    ['E_FROZEN', 'op Add', (input) => tf.add(input, Math.random())],
    ['E_FROZEN', 'op Mul', (input) => tf.mul(input, tf.randomUniform([100]))],
    ['E_FROZEN', 'op LeakyRelu', (input) => tf.leakyRelu(input, Math.random())],
    ['E_SHAPE', 'Op Unique', (input) => tf.unique(input, 0).values],
  ])('%s: %s', async (code, op, step) => {
    const before = tf.memory().numTensors;
    const failure = compile((input) => tf.tidy(() => step(input)))(x);
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringContaining(op) });
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.tidy(() => tf.sum(tf.onesLike(x)).dataSync()[0])).toBe(400);
  });

  test('E_CAPTURE: a large tensor from outside, written already or not', async () => {
    const weights = tf.randomNormal([100, 50]) as tf.Tensor2D;
    const step = compile((input) => tf.matMul(input as tf.Tensor2D, weights));
    await expect(step(x)).rejects.toMatchObject({
      code: 'E_CAPTURE',
      message: expect.stringContaining('[100,50]'),
    });
    weights.dispose();
  });

  test('a small captured constant and large zeros made inside are fine', async () => {
    const two = tf.scalar(2);
    const step = compile((input) => tf.tidy(() => tf.add(tf.mul(input, two), tf.zeros([4, 100]))));
    const y = await step(x);
    expect(y.shape).toEqual([4, 100]);
    tf.dispose([y, two]);
  });

  test('a tensor kept from the recording has no value, and says so', async () => {
    let kept = x;
    const step = compile((input) => {
      kept = tf.keep(tf.neg(input));
      return tf.abs(input);
    });
    (await step(x)).dispose();
    expect(() => kept.dataSync()).toThrow(/return it from the step/);
    kept.dispose();
    step.dispose();
  });

  test('E_FROZEN: other tensors in the same ops, and another result', async () => {
    let turn = 0;
    const swapped = compile((a, b) => tf.tidy(() => (turn++ % 2 ? tf.sub(a, b) : tf.sub(b, a))));
    await expect(swapped(x, x)).rejects.toMatchObject({ code: 'E_FROZEN' });
    const chosen = compile((a) => tf.tidy(() => [tf.neg(a), tf.abs(a)][turn++ % 2]!));
    await expect(chosen(x)).rejects.toMatchObject({ code: 'E_FROZEN' });
  });

  test('variables keep their values where a step fails, also one that is called inside another', async () => {
    const weight = tf.variable(tf.scalar(3));
    const before = tf.memory().numTensors;
    const inner = compile((input) => tf.mul(input, weight));
    const nested: Promise<tf.Tensor>[] = [];
    const outer = compile((input) => {
      const call = inner(input);
      call.catch(() => undefined);
      nested.push(call);
      return tf.add(input, weight);
    });
    (await outer(x)).dispose();
    for (const call of nested) await expect(call).rejects.toThrow(/return it from the step/);
    const failing = compile((input): tf.Tensor => {
      weight.assign(tf.sum(input) as tf.Scalar);
      throw new Error('no');
    });
    await expect(failing(x)).rejects.toThrow('no');
    expect(weight.dataSync()[0]).toBe(3);
    expect(tf.memory().numTensors).toBe(before);
    weight.dispose();
  });

  test('a failure of TensorFlow is catchable and a disposed step refuses', async () => {
    const step = compile((a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D));
    await expect(step(x, x)).rejects.toThrow(/MatMul.*must be equal/);
    step.dispose();
    await expect(step(x)).rejects.toMatchObject({ code: 'E_DISPOSED' });
  });
});
