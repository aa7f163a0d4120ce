import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile, openEngine } from '../../../src/engine/index.js';

beforeAll(async () => {
  expect((await openEngine()).kind).toBe('libtensorflow');
});

describe('steps side by side, and odd results', () => {
  test('steps that share a variable, called at once, lose no update', async () => {
    const total = tf.variable(tf.scalar(0));
    const x = tf.ones([128, 128]);
    const adding = (amount: number) =>
      compile((input: tf.Tensor) =>
        tf.tidy(() => {
          let y = input as tf.Tensor2D;
          for (let turn = 0; turn < 10; turn++) y = tf.tanh(tf.matMul(y, y));
          const nothing = tf.mul(tf.sum(y), 0);
          total.assign(tf.add(tf.add(total, amount), nothing) as tf.Scalar);
          return tf.clone(total);
        }),
      );
    const [one, ten] = [adding(1), adding(10)];
    const read = compile((input: tf.Tensor) => tf.tidy(() => tf.add(total, tf.mul(tf.sum(input), 0))));
    const calls = Array.from({ length: 5 }, () => [one(x), ten(x)]).flat();
    const results = await Promise.all(calls);
    const seen = results.map((tensor) => tensor.dataSync()[0]!).sort((a, b) => a - b);
    expect(new Set(seen).size).toBe(10);
    expect(total.dataSync()[0]).toBe(55);
    const [last, told] = await Promise.all([one(x), read(x)]);
    expect(last.dataSync()[0]).toBe(56);
    for (const step of [one, ten, read]) step.dispose();
    tf.dispose([total, x, last, told, ...results]);
  });

  test.each([
    ['a promise', async (input: tf.Tensor) => input],
    ['undefined', () => undefined],
    ['number', () => [3]],
  ])('E_RESULT: a step that returns %s is told so', async (what, step) => {
    const x = tf.scalar(1);
    const before = tf.memory().numTensors;
    const compiled = compile(step as unknown as (input: tf.Tensor) => tf.Tensor, { name: 'odd' });
    await expect(compiled(x)).rejects.toMatchObject({
      code: 'E_RESULT',
      message: expect.stringContaining(what),
    });
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});
