import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile, float32, openEngine } from '../../../src/engine/index.js';
import { tensorFlowBackend } from '../../../src/engine/native/session.js';

type Image = tf.Tensor4D;
const asImage = (tensor: tf.Tensor): Image => tensor as Image;

beforeAll(async () => {
  expect((await openEngine()).kind).toBe('libtensorflow');
});

/** A small convolutional net with Adam: slots appear in the first step, all variables change in each. */
function trainer(seed: number): { step: (x: tf.Tensor, y: tf.Tensor) => tf.Scalar; dispose: () => void } {
  const kernel = tf.variable(tf.randomNormal([3, 3, 3, 8], 0, 0.2, 'float32', seed));
  const head = tf.variable(tf.randomNormal([8, 5], 0, 0.2, 'float32', seed + 1));
  const optimizer = tf.train.adam(1e-2);
  const step = (x: tf.Tensor, y: tf.Tensor): tf.Scalar =>
    tf.tidy(() => {
      const loss = (): tf.Scalar => {
        const features = tf.relu(tf.conv2d(asImage(x), kernel as unknown as tf.Tensor4D, 2, 'same'));
        const logits = tf.matMul(tf.mean(features, [1, 2]), head as unknown as tf.Tensor2D);
        return tf.mean(tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), y), 1)));
      };
      return optimizer.minimize(loss, true)!;
    });
  return {
    step,
    dispose: () => {
      optimizer.dispose();
      tf.dispose([kernel, head]);
    },
  };
}

const batch = (size: number): [tf.Tensor, tf.Tensor] => {
  const classes = tf.tensor1d(
    Array.from({ length: size }, (_, index) => index % 5),
    'int32',
  );
  const y = tf.tidy(() => tf.cast(tf.oneHot(classes, 5), 'float32'));
  classes.dispose();
  return [tf.randomNormal([size, 16, 16, 3], 0, 1, 'float32', 3), y];
};

async function losses(
  run: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor | Promise<tf.Tensor>,
  sizes: number[],
): Promise<number[]> {
  const values: number[] = [];
  for (const size of sizes) {
    const [x, y] = batch(size);
    const loss = await run(x, y);
    values.push(loss.dataSync()[0]!);
    tf.dispose([x, y, loss]);
  }
  return values;
}

describe('compile', () => {
  const sizes = [8, 8, 8, 4, 8, 4];

  test('training equals eager to the bit, over several shapes, the first step included', async () => {
    const eager = trainer(1);
    const expected = await losses(eager.step, sizes);
    eager.dispose();
    const other = trainer(1);
    const compiled = compile(other.step, { name: 'train' });
    expect(await losses(compiled, sizes)).toEqual(expected);
    compiled.dispose();
    other.dispose();
  });

  test('variables and inputs that shared their memory when the step was recorded stay apart', async () => {
    const weight = tf.variable(tf.tensor1d([4]));
    const average = tf.variable(tf.tidy(() => tf.clone(weight)));
    const step = compile((a, b) =>
      tf.tidy(() => {
        weight.assign(tf.sub(weight, a) as tf.Tensor1D);
        average.assign(tf.mul(tf.add(average, weight), 0.5) as tf.Tensor1D);
        return tf.sub(weight, b);
      }),
    );
    const [one, three] = [tf.tensor1d([1]), tf.tensor1d([3])];
    const results = [await step(one, one), await step(one, three), await step(three, one)];
    expect(results.map((tensor) => tensor.dataSync()[0])).toEqual([2, -1, -2]);
    expect([weight, average].map((variable) => variable.dataSync()[0])).toEqual([-1, 0.875]);
    tf.dispose([weight, average, one, three, ...results]);
  });

  test('calls that are not awaited run in order', async () => {
    const counter = tf.variable(tf.scalar(0));
    const add = compile((x) =>
      tf.tidy(() => {
        counter.assign(tf.add(tf.mul(counter, 2), x) as tf.Scalar);
        return tf.clone(counter);
      }),
    );
    const pending = [1, 2, 3].map((value) => {
      const input = tf.scalar(value);
      const result = add(input);
      input.dispose();
      return result;
    });
    const values = (await Promise.all(pending)).map((tensor) => tensor.dataSync()[0]);
    expect(values).toEqual([1, 4, 11]);
    expect(counter.dataSync()[0]).toBe(11);
    counter.dispose();
  });

  test('500 steps leak neither tensors, handles nor memory', async () => {
    const { step, dispose } = trainer(2);
    const compiled = compile(step);
    const { binding } = tensorFlowBackend()!;
    const counts = (): number[] => [tf.memory().numTensors, binding.getNumOfTensors()];
    await losses(compiled, [8, 8]);
    const before = counts();
    const memory = process.memoryUsage.rss();
    await losses(
      compiled,
      Array.from({ length: 500 }, () => 8),
    );
    expect(counts()).toEqual(before);
    expect(process.memoryUsage.rss() - memory).toBeLessThan(64 << 20);
    compiled.dispose();
    dispose();
  });

  test('recorded and disposed steps give their memory back', async () => {
    const x = tf.ones([64, 64]);
    const once = async (value: number): Promise<void> => {
      const weights = tf.fill([1000], value);
      const compiled = compile((input) => tf.add(input, value));
      (await compiled(x)).dispose();
      compiled.dispose();
      weights.dispose();
    };
    for (let index = 0; index < 50; index++) await once(index);
    const memory = process.memoryUsage.rss();
    for (let index = 0; index < 300; index++) await once(index);
    expect(process.memoryUsage.rss() - memory).toBeLessThan(48 << 20);
    x.dispose();
  });

  test('leaves the event loop free', async () => {
    const x = tf.randomNormal([8, 96, 96, 32]);
    const kernel = tf.variable(tf.randomNormal([3, 3, 32, 32]));
    const heavy = compile((input) =>
      tf.tidy(() => {
        let y = asImage(input);
        for (let layer = 0; layer < 20; layer++)
          y = tf.conv2d(y, kernel as unknown as tf.Tensor4D, 1, 'same');
        return tf.mean(y);
      }),
    );
    (await heavy(x)).dispose();
    // A call that blocked the loop would leave no turn between its start and its end.
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    (await heavy(x)).dispose();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
    heavy.dispose();
    tf.dispose([x, kernel]);
  });

  test('bf16 stays near fp32 and auto settles on one of them', async () => {
    const x = tf.randomNormal([4, 32, 32, 64], 0, 1, 'float32', 5);
    const kernel = tf.variable(tf.randomNormal([3, 3, 64, 64], 0, 0.05, 'float32', 6));
    const body = (input: tf.Tensor): tf.Tensor =>
      tf.conv2d(asImage(input), kernel as unknown as tf.Tensor4D, 1, 'same');
    const auto = compile(body, { precision: 'auto' });
    expect(auto.precision).toBeUndefined();
    const [a, b] = [await compile(body)(x), await auto(x)];
    expect(['fp32', 'bf16']).toContain(auto.precision);
    const error = tf.tidy(() => tf.div(tf.norm(tf.sub(a, b)), tf.norm(a)).dataSync()[0]!);
    expect(error).toBeLessThan(2e-2);
    if ((await openEngine()).bf16) {
      const half = await compile(body, { precision: 'bf16' })(x);
      const drift = tf.tidy(() => tf.div(tf.norm(tf.sub(a, half)), tf.norm(a)).dataSync()[0]!);
      expect(drift).toBeGreaterThan(0);
      expect(drift).toBeLessThan(2e-2);
      half.dispose();
    }
    tf.dispose([x, kernel, a, b]);
  });

  test('float32 keeps the weights of a bf16 training step from being rounded', async () => {
    if (!(await openEngine()).bf16) return;
    const x = tf.randomNormal([4, 24, 24, 32], 0, 1, 'float32', 7);
    const kernel = tf.variable(tf.randomNormal([3, 3, 32, 32], 0, 0.05, 'float32', 8));
    const before = kernel.dataSync().slice();
    const train = compile(
      (input) =>
        tf.tidy(() => {
          const convolve = (): tf.Scalar =>
            tf.mean(tf.square(tf.conv2d(asImage(input), kernel as unknown as tf.Tensor4D, 1, 'same')));
          const { value, grads } = tf.variableGrads(convolve, [kernel]);
          kernel.assign(tf.sub(kernel, tf.mul(float32(grads[kernel.name]!), 1e-2)));
          return float32(value);
        }),
      { precision: 'bf16' },
    );
    (await train(x)).dispose();
    const bits = new Uint32Array(kernel.dataSync().slice().buffer);
    const rounded = bits.filter((value) => (value & 0xffff) === 0).length;
    const moved = kernel.dataSync().filter((value, index) => value !== before[index]).length;
    expect(rounded).toBeLessThan(bits.length / 1000);
    expect(moved).toBeGreaterThan(0.95 * bits.length);
    tf.dispose([x, kernel]);
  });

  test('lists of inputs and of outputs', async () => {
    const compiled = compile((x) => tf.tidy(() => tf.addN(tf.split(tf.concat([x, tf.neg(x), x]), 3))));
    const x = tf.tensor1d([1, 2]);
    const sum = await compiled(x);
    expect([...sum.dataSync()]).toEqual([1, 2]);
    tf.dispose([x, sum]);
    compiled.dispose();
  });

  test('an input handed through and a list of results come back', async () => {
    const compiled = compile((x) => [x, tf.neg(x)] as const);
    const x = tf.tensor1d([1, 2]);
    const [same, negative] = await compiled(x);
    expect([...same.dataSync(), ...negative.dataSync()]).toEqual([1, 2, -1, -2]);
    tf.dispose([x, same, negative]);
  });
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
