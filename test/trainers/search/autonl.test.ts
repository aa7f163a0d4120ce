import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openEngine } from '../../../src/engine/index.js';
import { type AutoNLSearchConfig, autonlSearch } from '../../../src/models/autonl/autonl-search.js';
import { explored } from '../../../src/models/autonl/gate.js';
import type { Model } from '../../../src/models/model.js';
import { countModel } from '../../../src/models/registry.js';
import { openGates } from '../../../src/trainers/search/autonl-choices.js';
import {
  autonlFound,
  expectedMacs,
  gateCosts,
  readMargins,
  searchBlocks,
} from '../../../src/trainers/search/autonl-gates.js';
import { AutoNLHook } from '../../../src/trainers/search/autonl-hook.js';
import { autonlSearch as options } from '../../../src/trainers/search/schema.js';

const SHAPE = [32, 32, 3];
let model: Model;

beforeAll(() => openEngine());
beforeEach(() => {
  const blocks = [
    { outputs: 16, stride: 2 as const },
    { outputs: 16, stride: 1 as const },
    { outputs: 24, stride: 2 as const },
  ];
  model = autonlSearch({ classes: 4, stem: 8, first: 8, head: 32, blocks });
});
afterEach(() => model.dispose());

const config = (): AutoNLSearchConfig => model.config.options as AutoNLSearchConfig;

/** Sets a block's thresholds: true opens a gate, false closes it. */
function set(
  block: number,
  gates: Partial<Record<'kernel' | 'expansion' | 'nonlocal' | 'ratio' | 'stride', boolean>>,
): void {
  for (const [gate, open] of Object.entries(gates)) {
    const value = tf.tensor1d([open ? -1 : 5]);
    searchBlocks(model.network)[block]!.gates[gate as 'kernel'].threshold.variable.assign(value);
    value.dispose();
  }
}

test('at the start every gate is open', async () => {
  const open = openGates(await readMargins(searchBlocks(model.network)));
  expect(open.flatMap((choices) => Object.values(choices))).not.toContain(false);
});

test('the expected cost is that of the network the gates stand for, whatever they are', async () => {
  const costs = gateCosts(config(), SHAPE);
  const cases = [
    {},
    { kernel: false },
    { expansion: false, ratio: false },
    { nonlocal: false, stride: false },
    { kernel: false, expansion: false, ratio: false, stride: false },
  ];
  for (const [at, gates] of cases.entries()) {
    set(at % 3, gates);
    const blocks = searchBlocks(model.network);
    const expected = countModel(autonlFound(config(), openGates(await readMargins(blocks))), SHAPE).macs;
    const value = tf.tidy(() => expectedMacs(blocks, costs).dataSync()[0]!);
    expect(value / expected).toBeCloseTo(1, 5);
  }
});

test('the cost pulls every threshold up, towards closing', async () => {
  const hook = new AutoNLHook(options.parse({ rampEpochs: 0 }), SHAPE);
  hook.begin({ model, epoch: 0, epochs: 10, step: 0, stepsPerEpoch: 4 });
  const thresholds = [...model.trainable].filter(([name]) => name.includes('thresholds'));
  expect(thresholds).toHaveLength(15);
  const lambda = tf.scalar(1);
  const { grads, value } = tf.variableGrads(
    () => hook.penalty(model, { lambda }),
    thresholds.map(([, variable]) => variable),
  );
  for (const gradient of Object.values(grads)) expect(gradient.dataSync()[0]!).toBeLessThan(0);
  tf.dispose([grads, value, lambda]);
});

test('closed gates leave nothing of what they guard', () => {
  const x = tf.randomNormal([2, 32, 32, 3], 0, 1, 'float32', 3);
  const run = (): Float32Array => tf.tidy(() => model.apply(x).dataSync() as Float32Array);
  const everything = { kernel: false, expansion: false, nonlocal: false, ratio: false, stride: false };
  for (const block of [0, 1, 2]) set(block, everything);
  const before = run();
  for (const [name, variable] of model.variables) {
    if (/depthwise\.5|project\.6|nl\./.test(name)) variable.assign(tf.tidy(() => tf.mul(variable, 0.1)));
  }
  expect(Array.from(run())).toEqual(Array.from(before));
  x.dispose();
});

test.each([
  ['open', 1, 0.25],
  ['closed', 0, 0.75],
] as const)('the gradient of a gate that is %s is what its kernel would bring', (_, open, rate) => {
  const steps = 400;
  const told = Array.from({ length: steps }, (_, step) =>
    tf.tidy(() => {
      const seed = tf.tensor1d([3, step], 'int32');
      // A kernel that brings the result to 1, where the loss is 0: at 1 the slope is 0, at 0 it is -2.
      const loss = (gate: tf.Tensor): tf.Scalar =>
        tf.sum(tf.square(tf.sub(explored(gate, 0.25, seed, 0), 1)));
      const { value, grad } = tf.valueAndGrad(loss)(tf.tensor1d([open]));
      return { closed: value.dataSync()[0]!, slope: grad.dataSync()[0]! };
    }),
  );
  const mean = (pick: (one: { closed: number; slope: number }) => number): number =>
    told.reduce((sum, one) => sum + pick(one), 0) / steps;
  expect(mean(({ closed }) => closed)).toBeCloseTo(rate, 1);
  expect(mean(({ slope }) => slope)).toBeCloseTo(-2, 0);
});

test.each(['macs', 'params'] as const)('a target in %s is met within 3 %%', async (unit) => {
  const range = [false, true].map((open) => {
    const choices = { kernel: open, expansion: open, nonlocal: open, ratio: open, stride: open };
    return countModel(
      autonlFound(
        config(),
        config().blocks.map(() => choices),
      ),
      SHAPE,
    )[unit];
  });
  const target = range[0]! + 0.5 * (range[1]! - range[0]!);
  const hook = new AutoNLHook(options.parse({ target: { [unit]: target } }), SHAPE);
  hook.begin({ model, epoch: 0, epochs: 10, step: 0, stepsPerEpoch: 4 });
  const found = await hook.architecture(model);
  expect(Math.abs(countModel(found, SHAPE)[unit] / target - 1)).toBeLessThan(0.03);
});
