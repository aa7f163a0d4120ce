import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { dual, hard } from '../../src/core/label.js';
import { compile, openEngine } from '../../src/engine/index.js';
import { type Model, resnet, stateDict } from '../../src/models/index.js';
import {
  denseTargets,
  dualLabelLoss,
  recalibrate,
  smoothTargets,
  softCrossEntropy,
  WeightAverage,
} from '../../src/trainers/index.js';

beforeAll(async () => {
  await openEngine();
});

const build = (): Model =>
  resnet({ block: 'basic', layers: [1, 1, 1, 1], classes: 3, stem: 'small', routes: ['main', 'aux'] });
const pictures = (seed: number) => tf.randomNormal([4, 8, 8, 3], 0, 1, 'float32', seed);

test('moving averages follow, serve, and give the weights back', async () => {
  const model = build();
  const average = new WeightAverage(model);
  const variable = model.variables.get('fc.bias')!;
  const own = tf.tensor1d([1, 2, 3]);
  const start = variable.dataSync().slice();
  variable.assign(own);
  const decay = tf.scalar(0.75);
  const update = compile((d: tf.Tensor) => {
    average.update(d as tf.Scalar);
    return tf.add(d, 0);
  });
  tf.dispose(await update(decay));
  const expected = start.map((value, index) => 0.75 * value + 0.25 * (index + 1));
  await average.swapped(() => {
    expected.forEach((value, index) => {
      expect(variable.dataSync()[index]).toBeCloseTo(value, 5);
    });
  });
  expect([...variable.dataSync()]).toEqual([1, 2, 3]);
  await expect(average.swapped(() => Promise.reject(new Error('stop')))).rejects.toThrow('stop');
  expect([...variable.dataSync()]).toEqual([1, 2, 3]);
  update.dispose();
  tf.dispose([own, decay]);
  average.dispose();
  model.dispose();
});

test('recalibration leaves the plain mean over the batches on its route, and nothing else', async () => {
  const model = build();
  const means = [1, 2, 3].map((seed) => {
    const single = build();
    const x = pictures(seed);
    tf.tidy(() => {
      single.apply(x, { training: true, momentum: tf.scalar(1), route: 'aux' });
    });
    const value = single.variables.get('bn1.aux_bn.running_var')!.dataSync().slice();
    x.dispose();
    single.dispose();
    return value;
  });
  const before = await stateDict(model);
  const batches = [1, 2, 3].map(pictures);
  expect(await recalibrate(model, batches, { route: 'aux' })).toBe(3);
  const after = await stateDict(model);
  after.get('bn1.aux_bn.running_var')!.data.forEach((value, index) => {
    expect(value).toBeCloseTo((means[0]![index]! + means[1]![index]! + means[2]![index]!) / 3, 4);
  });
  expect(after.get('bn1.running_var')!.data).toEqual(before.get('bn1.running_var')!.data);
  await expect(recalibrate(model, [])).rejects.toThrow(/at least one batch/);
  tf.dispose(batches);
  model.dispose();
});

test('dropout drops by its seed alone, eagerly and compiled, and keeps the mean', async () => {
  const { TensorOps } = await import('../../src/models/index.js');
  const x = tf.ones([64, 256]);
  const run = (seed: tf.Tensor) =>
    new TensorOps({ training: true, seed: seed as tf.Tensor1D }).dropout(x, 0.25);
  const step = compile((input: tf.Tensor, seed: tf.Tensor) =>
    new TensorOps({ training: true, seed: seed as tf.Tensor1D }).dropout(input, 0.25),
  );
  const [one, two] = [tf.tensor1d([1, 2], 'int32'), tf.tensor1d([1, 3], 'int32')];
  const [a, b, c] = [tf.tidy(() => run(one)), await step(x, one), await step(x, two)];
  expect(b.dataSync()).toEqual(a.dataSync());
  expect(c.dataSync()).not.toEqual(a.dataSync());
  const kept = a.dataSync().filter((value) => value > 0);
  expect(kept.length / a.size).toBeCloseTo(0.75, 1);
  expect(kept.every((value) => Math.abs(value - 4 / 3) < 1e-6)).toBe(true);
  expect(new TensorOps({ training: true }).dropout(x, 0.25)).toBe(x);
  step.dispose();
  tf.dispose([x, one, two, a, b, c]);
});

test('the dual-label loss is one soft cross-entropy; smoothing keeps rows summing to 1', () => {
  tf.tidy(() => {
    const logits = tf.randomNormal([2, 3], 0, 1, 'float32', 5);
    const soft = denseTargets([hard(0), dual(1, 2, 0.8)], 3);
    const first = denseTargets([hard(0), hard(1)], 3);
    const second = denseTargets([hard(0), hard(2)], 3);
    const one = softCrossEntropy(logits, soft).dataSync()[0]!;
    const two = dualLabelLoss(logits, first, second, tf.tensor1d([0, 0.2])).dataSync()[0]!;
    expect(two).toBeCloseTo(one, 6);
    const smooth = smoothTargets(soft, 0.1);
    for (const total of tf.sum(smooth, 1).dataSync()) expect(total).toBeCloseTo(1, 6);
    expect(smooth.dataSync()[1]).toBeCloseTo(0.1 / 3, 6);
  });
});
