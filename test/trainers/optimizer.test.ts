import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile, openEngine } from '../../src/engine/index.js';
import { atomnas, type Model } from '../../src/models/index.js';
import {
  adam,
  adamRule,
  adamw,
  adamwRule,
  clipByGlobalNorm,
  GradientAccumulator,
  globalNorm,
  gradientsOf,
  kernelsOnly,
  lamb,
  lambRule,
  numberAlgebra,
  Optimizer,
  type Rule,
  rmsProp,
  rmsPropRule,
  sgd,
  sgdRule,
  softCrossEntropy,
} from '../../src/trainers/index.js';

beforeAll(async () => {
  await openEngine();
});

const build = (): Model =>
  atomnas({
    stem: 4,
    head: 8,
    classes: 3,
    blocks: [
      { outputs: 4, kernels: [3], channels: [4], expand: false },
      { outputs: 6, stride: 2, kernels: [3, 5], channels: [4, 4] },
    ],
  });

const RULES: readonly (readonly [name: string, rule: Rule])[] = [
  ['sgd', sgdRule()],
  ['sgd, momentum', sgdRule({ momentum: 0.9 })],
  ['sgd, nesterov', sgdRule({ momentum: 0.9, nesterov: true })],
  ['rmsprop', rmsPropRule()],
  ['adam', adamRule()],
  ['adamw', adamwRule()],
  ['lamb', lambRule()],
];

/** Two steps on w = [1, -2] with gradients [0.5, 0.25] and [-1, 1], rate 0.1, decay 0.01, by PyTorch's formulas. */
function twoSteps(rule: Rule): number[] {
  const decay = 0.01;
  let weight = Float64Array.of(1, -2);
  let slots = Object.fromEntries(rule.slots.map((slot) => [slot, new Float64Array(2)]));
  [Float64Array.of(0.5, 0.25), Float64Array.of(-1, 1)].forEach((gradient, index) => {
    const step = Float64Array.of(index + 1);
    const input = { weight, gradient, slots, learningRate: Float64Array.of(0.1), step, weightDecay: decay };
    const next = rule.update<Float64Array>(numberAlgebra, input);
    weight = next.weight as typeof weight;
    slots = { ...next.slots } as typeof slots;
  });
  return [...weight];
}

describe('update rules', () => {
  test('SGD with momentum', () => {
    // g1 = [0.51, 0.23], w1 = [0.949, -2.023]; buffer = 0.9 g1 + g2 + 0.01 w1
    const w1 = [1 - 0.051, -2 - 0.023];
    const buffer = [0.9 * 0.51 - 1 + 0.01 * w1[0]!, 0.9 * 0.23 + 1 + 0.01 * w1[1]!];
    const expected = [w1[0]! - 0.1 * buffer[0]!, w1[1]! - 0.1 * buffer[1]!];
    twoSteps(sgdRule({ momentum: 0.9 })).forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index]!, 12);
    });
  });

  test('Adam’s and AdamW’s first step is the rate, whatever the gradient’s size', () => {
    for (const [rule, shrunk] of [
      [adamRule(), 1],
      [adamwRule(), 1 - 0.1 * 0.01],
    ] as const) {
      const { weight } = rule.update<Float64Array>(numberAlgebra, {
        weight: Float64Array.of(1),
        gradient: Float64Array.of(1e4),
        slots: { first: Float64Array.of(0), second: Float64Array.of(0) },
        learningRate: Float64Array.of(0.1),
        step: Float64Array.of(1),
        weightDecay: 0.01,
      });
      expect(weight[0]).toBeCloseTo(shrunk - 0.1, 10);
    }
  });

  test('LAMB moves a parameter by the rate times its own norm', () => {
    const weight = Float64Array.of(3, 4);
    const next = lambRule().update<Float64Array>(numberAlgebra, {
      weight,
      gradient: Float64Array.of(1, -2),
      slots: { first: new Float64Array(2), second: new Float64Array(2) },
      learningRate: Float64Array.of(0.1),
      step: Float64Array.of(1),
      weightDecay: 0,
    });
    expect(Math.hypot(next.weight[0]! - 3, next.weight[1]! - 4)).toBeCloseTo(0.1 * 5, 10);
    const stuck = lambRule().update<Float64Array>(numberAlgebra, {
      weight: new Float64Array(2),
      gradient: new Float64Array(2),
      slots: { first: new Float64Array(2), second: new Float64Array(2) },
      learningRate: Float64Array.of(0.1),
      step: Float64Array.of(1),
      weightDecay: 0,
    });
    expect([...stuck.weight]).toEqual([0, 0]);
  });
});

const input = () => tf.randomNormal([4, 16, 16, 3], 0, 1, 'float32', 3);
const target = () => tf.tensor2d([1, 0, 0, 0, 1, 0, 0, 0, 1, 0.5, 0.5, 0], [4, 3]);

function stepWith(model: Model, optimizer: Optimizer) {
  return (x: tf.Tensor, y: tf.Tensor, rate: tf.Tensor) => {
    const { loss, gradients } = gradientsOf(model, () =>
      softCrossEntropy(model.apply(x, { training: true }), y),
    );
    optimizer.update(gradients, rate as tf.Scalar);
    return loss;
  };
}

describe.each(RULES)('%s', (_, rule) => {
  test('does the same in float64, in tensors, and compiled; leaks nothing', async () => {
    const models = [build(), build()];
    const [eager, compiled] = models.map(
      (model) => new Optimizer(model, rule, { weightDecay: kernelsOnly(1e-2) }),
    );
    const [x, y, rate] = [input(), target(), tf.scalar(0.01)];
    const step = compile(stepWith(models[1]!, compiled!));
    const losses: number[][] = [];
    for (let index = 0; index < 3; index++) {
      const one = tf.tidy(() => stepWith(models[0]!, eager!)(x, y, rate));
      const other = await step(x, y, rate);
      losses.push([one.dataSync()[0]!, other.dataSync()[0]!]);
      tf.dispose([one, other]);
    }
    for (const [one, other] of losses) expect(other).toBeCloseTo(one!, 4);
    const tensors = tf.memory().numTensors;
    tf.dispose(await step(x, y, rate));
    expect(tf.memory().numTensors).toBe(tensors);
    expect(eager!.state.get('step')!.dataSync()[0]).toBe(3);
    step.dispose();
    tf.dispose([x, y, rate]);
    for (const each of [eager!, compiled!, ...models]) each.dispose();
  });

  test('one tensor step is the float64 step', () => {
    const model = build();
    const optimizer = new Optimizer(model, rule, { weightDecay: 0.01 });
    const [name, variable] = [...model.trainable].find(([key]) => key.endsWith('features.0.0.weight'))!;
    const weight = Float64Array.from(variable.dataSync());
    const gradient = tf.randomNormal(variable.shape, 0, 1, 'float32', 7);
    const rate = tf.scalar(0.1);
    optimizer.update(new Map([[name, gradient]]), rate);
    const expected = rule.update<Float64Array>(numberAlgebra, {
      weight,
      gradient: Float64Array.from(gradient.dataSync()),
      slots: Object.fromEntries(rule.slots.map((slot) => [slot, new Float64Array(weight.length)])),
      learningRate: Float64Array.of(Math.fround(0.1)),
      step: Float64Array.of(1),
      weightDecay: 0.01,
    });
    variable.dataSync().forEach((value, index) => {
      expect(value).toBeCloseTo(expected.weight[index]!, 5);
    });
    tf.dispose([gradient, rate]);
    optimizer.dispose();
    model.dispose();
  });
});

describe('groups', () => {
  test('named optimizers build their rules', () => {
    const model = build();
    const made = [sgd(model), rmsProp(model), adam(model), adamw(model), lamb(model)];
    expect(made.map(({ rule }) => rule.name)).toEqual(['sgd', 'rmsprop', 'adam', 'adamw', 'lamb']);
    for (const optimizer of made) optimizer.dispose();
    model.dispose();
  });

  test('rate scale 0 freezes, and decay spares norms and biases', () => {
    const model = build();
    const frozen = (name: string) => name.startsWith('features.0');
    const optimizer = sgd(model, {
      weightDecay: kernelsOnly(0.5),
      rateScale: ({ name }) => (frozen(name) ? 0 : 1),
    });
    const before = new Map(
      [...model.variables].map(([name, variable]) => [name, variable.dataSync().slice()]),
    );
    const zeros = new Map([...model.trainable].map(([name, variable]) => [name, tf.zerosLike(variable)]));
    const rate = tf.scalar(1);
    optimizer.update(zeros, rate);
    for (const [name, { spec, variable }] of model.parameters) {
      const factor = spec.role === 'weight' && !frozen(name) ? 0.5 : 1;
      const [was, is] = [before.get(name)![0]!, variable.dataSync()[0]!];
      expect(is, name).toBeCloseTo(was * factor, 6);
    }
    tf.dispose([...zeros.values(), rate]);
    optimizer.dispose();
    model.dispose();
  });
});

describe('gradients', () => {
  test('are clipped to a common norm', () => {
    tf.tidy(() => {
      const gradients = new Map<string, tf.Tensor>([
        ['a', tf.tensor1d([3, 0])],
        ['b', tf.tensor1d([0, 4])],
      ]);
      expect(globalNorm(gradients).dataSync()[0]).toBeCloseTo(5, 5);
      const clipped = clipByGlobalNorm(gradients, 1);
      expect([...clipped.get('a')!.dataSync()]).toEqual([expect.closeTo(0.6, 5), 0]);
      expect([...clipByGlobalNorm(gradients, 9).get('b')!.dataSync()]).toEqual([0, 4]);
    });
  });

  test('of small batches add up to that of the whole', () => {
    const model = build();
    const sums = new GradientAccumulator(model);
    tf.tidy(() => {
      const [x, y] = [input(), target()];
      // Running statistics, so that rows do not depend on each other.
      const of = (start: number, rows: number) =>
        gradientsOf(model, () =>
          softCrossEntropy(model.apply(tf.slice(x, start, rows)), tf.slice(y, start, rows)),
        );
      const whole = of(0, 4).gradients;
      sums.add(of(0, 1).gradients, 1 / 4);
      sums.add(of(1, 3).gradients, 3 / 4);
      for (const [name, gradient] of whole) {
        const apart = tf.max(tf.abs(tf.sub(gradient, sums.gradients.get(name)!))).dataSync()[0]!;
        expect(apart, name).toBeLessThan(1e-5);
      }
    });
    sums.reset();
    expect([...sums.gradients.values()].every((sum) => sum.dataSync().every((value) => value === 0))).toBe(
      true,
    );
    sums.dispose();
    model.dispose();
  });
});
