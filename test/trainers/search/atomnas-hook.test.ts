import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { openEngine } from '../../../src/engine/index.js';
import { type AtomNASConfig, atomnas } from '../../../src/models/atomnas/atomnas.js';
import { searchGroups } from '../../../src/models/atomnas/atomnas-search.js';
import type { Model } from '../../../src/models/model.js';
import { countModel } from '../../../src/models/registry.js';
import { AtomNASHook } from '../../../src/trainers/search/atomnas-hook.js';
import { atomnasSearch } from '../../../src/trainers/search/schema.js';

const SHAPE = [32, 32, 3];
const block = (outputs: number, stride: 1 | 2, width: number) => ({
  ...{ outputs, stride, kernels: [3, 5, 7], channels: [width, width, width], expand: true },
});

let model: Model;
beforeAll(() => openEngine());
afterEach(() => model.dispose());

function tiny(): Model {
  model = atomnas({
    stem: 8,
    head: 32,
    classes: 4,
    blocks: [block(8, 1, 12), block(12, 2, 12), block(12, 1, 12)],
  });
  return model;
}

/** Every other channel of every group fades; the others stay apart from each other. */
function fade(): void {
  for (const { scale, channels } of searchGroups(model.config.options as AtomNASConfig, SHAPE)) {
    const values = Array.from({ length: channels }, (_, index) =>
      index % 2 ? 1e-5 * (index + 1) : 0.1 + index / 100,
    );
    const next = tf.tensor1d(values);
    model.variables.get(scale)!.assign(next);
    next.dispose();
  }
}

const context = (epoch: number, epochs = 10) => ({ model, epoch, epochs, step: 0, stepsPerEpoch: 4 });

async function open(options: object, epochs = 10): Promise<AtomNASHook> {
  const hook = new AtomNASHook(atomnasSearch.parse({ rampEpochs: 2, worth: 0, ...options }), SHAPE);
  tiny();
  await hook.begin(context(0, epochs));
  return hook;
}

test('the penalty rises over the ramp and is the published one', async () => {
  const hook = await open({ rho: 0.5 });
  expect([0, 4, 8, 20].map((step) => hook.numbers({ step }).rho)).toEqual([0, 0.25, 0.5, 0.5]);
  fade();
  const expected = searchGroups(model.config.options as AtomNASConfig, SHAPE).reduce(
    (sum, { scale, penalty }) => {
      const gammas = Array.from(model.variables.get(scale)!.dataSync());
      return sum + penalty * gammas.reduce((total, gamma) => total + Math.abs(gamma), 0);
    },
    0,
  );
  const rho = tf.scalar(0.5);
  const penalty = tf.tidy(() => hook.penalty(model, { rho }).dataSync()[0]!);
  rho.dispose();
  expect(penalty).toBeCloseTo(0.5 * expected, 4);
});

test('dead channels are cut, and told', async () => {
  const hook = await open({});
  fade();
  const shrunk = await hook.afterEpoch(context(3));
  expect((shrunk!.config.options as AtomNASConfig).blocks.map(({ channels }) => channels)).toEqual([
    [6, 6, 6],
    [6, 6, 6],
    [6, 6, 6],
  ]);
  const [record] = hook.records;
  expect(record!.removed).toBe(54);
  expect(record!.living).toBe(countModel(shrunk!.config, SHAPE).macs);
});

test('a second call for the same epoch does nothing', async () => {
  const hook = await open({});
  fade();
  await hook.afterEpoch(context(3));
  expect(await hook.afterEpoch(context(3))).toBeUndefined();
});

test.each(['macs', 'params'] as const)('ends within 3 % of a target in %s', async (unit) => {
  for (const share of [0.45, 0.7, 0.9]) {
    const hook = await open({}, 4);
    const full = countModel(model.config, SHAPE)[unit];
    model.dispose();
    const exact = await open({ target: { [unit]: full * share } }, 4);
    fade();
    const shrunk = await exact.afterEpoch(context(3, 4));
    const found = countModel(shrunk!.config, SHAPE)[unit];
    expect(Math.abs(found / (full * share) - 1)).toBeLessThan(0.03);
    expect(exact.numbers({ step: 99 }).rho).toBe(0);
    expect(hook.records).toEqual([]);
  }
});

test('a block that changes the shape keeps its strongest channel', async () => {
  const hook = await open({});
  for (const { scale, channels } of searchGroups(model.config.options as AtomNASConfig, SHAPE)) {
    const zero = tf.fill([channels], 1e-6);
    model.variables.get(scale)!.assign(zero as tf.Tensor1D);
    zero.dispose();
  }
  const shrunk = await hook.afterEpoch(context(3));
  expect((shrunk!.config.options as AtomNASConfig).blocks.map(({ channels }) => channels.length)).toEqual([
    0, 1, 0,
  ]);
});

test('goes on from its state: penalties of the whole search network, records, strength', async () => {
  const hook = await open({ target: { macs: 1 } });
  fade();
  const shrunk = await hook.afterEpoch(context(0));
  model.dispose();
  model = atomnas(shrunk!.config.options as AtomNASConfig);
  const again = new AtomNASHook(atomnasSearch.parse({ rampEpochs: 2, worth: 0, target: { macs: 1 } }), SHAPE);
  again.restore(JSON.parse(JSON.stringify(hook.state())));
  await again.begin(context(1));
  expect(again.state()).toEqual(hook.state());
  const rho = tf.scalar(1);
  const [one, other] = tf.tidy(() =>
    [hook, again].map((each) => each.penalty(model, { rho }).dataSync()[0]!),
  );
  rho.dispose();
  expect(one).toBe(other);
});
