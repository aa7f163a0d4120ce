import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { openEngine } from '../../../src/engine/index.js';
import { MIXED_OPS, type MixedOp } from '../../../src/models/cakes/cakes.js';
import { costGradient, pruneLayer } from '../../../src/models/cakes/cakes-prune.js';
import { buildModel, countModel } from '../../../src/models/registry.js';
import { cakesArchitecture } from '../../../src/trainers/search/cakes-architecture.js';
import { CakesHook } from '../../../src/trainers/search/cakes-hook.js';
import { cakesScales } from '../../../src/trainers/search/cakes-scales.js';
import { cakesSearch } from '../../../src/trainers/search/schema.js';

const inputShape = [16, 16, 16, 1];
const OPS: MixedOp[] = ['1+2d', '2+3d', '1+2+3d', 'all'];

function searched(op: MixedOp) {
  const widths = [24, 32];
  const config = { family: 'cakes-unet', options: { channels: 1, classes: 3, widths, op, search: true } };
  const layers = [24, 24, 32, 32, 24, 24];
  const rng = Rng.of(7).at(op);
  const scales = layers.map((width, layer) =>
    Float32Array.from({ length: width * MIXED_OPS[op].length }, (_, index) =>
      rng.at(layer, index).uniform(-1, 1),
    ),
  );
  return { config, scales };
}

test('the penalty has the gradient of the published code', async () => {
  await openEngine();
  const { config } = searched('all');
  const model = buildModel(config);
  const hook = new CakesHook(cakesSearch.parse({ strength: 0.01 }), inputShape);
  hook.begin({ model, epoch: 0, epochs: 1, step: 0, stepsPerEpoch: 1 });
  const name = cakesScales(model)[2]!;
  const gamma = model.variables.get(name)!;
  gamma.assign(tf.tidy(() => tf.randomNormal(gamma.shape, 0, 1, 'float32', 4)));
  const { value, grads } = tf.variableGrads(() => hook.penalty(model), [gamma]);
  const expected = costGradient('all', gamma.dataSync() as Float32Array, 0.01);
  const received = Object.values(grads)[0]!.dataSync();
  expected.forEach((each, index) => {
    expect(received[index]).toBeCloseTo(each, 7);
  });
  tf.dispose([value, grads]);
  model.dispose();
});

test('performance priority: no penalty, and what is found is an ordinary network', async () => {
  await openEngine();
  const { config, scales } = searched('2+3d');
  const priority = { ...config, options: { ...config.options, priority: 'performance' } };
  const model = buildModel(priority);
  const hook = new CakesHook(cakesSearch.parse({ strength: 0.01 }), inputShape);
  hook.begin({ model, epoch: 0, epochs: 1, step: 0, stepsPerEpoch: 1 });
  expect(tf.tidy(() => hook.penalty(model).dataSync()[0])).toBe(0);
  model.dispose();
  expect(cakesArchitecture(priority, scales, { inputShape })).toEqual(
    cakesArchitecture(config, scales, { inputShape }),
  );
});

const splitsOf = (config: { readonly options: unknown }): unknown =>
  (config.options as { splits: unknown }).splits;

test.each(OPS)('%s: without a target the largest scales survive, as published', (op) => {
  const { config, scales } = searched(op);
  const found = cakesArchitecture(config, scales, { inputShape });
  expect(splitsOf(found)).toEqual(scales.map((gamma) => pruneLayer(op, gamma).split));
});

test.each(OPS)('%s: a target is met within three percent', (op) => {
  const { config, scales } = searched(op);
  const free = countModel(cakesArchitecture(config, scales, { inputShape }), inputShape).macs;
  for (const share of [0.8, 0.95, 1.05]) {
    const target = { unit: 'macs', value: free * share } as const;
    const { macs } = countModel(cakesArchitecture(config, scales, { inputShape, target }), inputShape);
    expect(Math.abs(macs / target.value - 1)).toBeLessThan(0.03);
  }
});

test('a target that no split reaches is refused with what can be reached', () => {
  const { config, scales } = searched('1+2d');
  const target = { unit: 'params', value: 10 } as const;
  expect(() => cakesArchitecture(config, scales, { inputShape, target })).toThrow(
    /Expected a target from \d+ to \d+ params/,
  );
  const nearest = { ...target, orNearest: true };
  const found = cakesArchitecture(config, scales, { inputShape, target: nearest });
  const { params } = countModel(found, inputShape);
  expect(params).toBeLessThan(
    countModel(cakesArchitecture(config, scales, { inputShape }), inputShape).params,
  );
});
