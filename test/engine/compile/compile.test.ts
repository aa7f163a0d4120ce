import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
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
