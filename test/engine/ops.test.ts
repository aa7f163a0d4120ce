import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  batchNormTrain,
  openEngine,
  reflectPad,
  relu,
  softmaxCrossEntropy,
  toBytes,
  uint8Tensor,
} from '../../src/engine/index.js';
import { addBranches, conv3d, depthwiseConv2d, nativeConv2d, relu6 } from '../../src/engine/ops.js';

beforeAll(async () => {
  await openEngine();
});

const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

/** Value and gradients of a weighted sum of `f`'s result, next to those of the same thing in stock tfjs. */
function compare(
  fused: (...inputs: tf.Tensor[]) => tf.Tensor,
  stock: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
): number {
  return tf.tidy(() => {
    const weights = random(fused(...inputs).shape, 99);
    const all = [fused, stock].map((f) => {
      const value = f(...inputs);
      const gradients = tf.grads((...x) => tf.sum(tf.mul(f(...x), weights)))(inputs);
      return [value, ...gradients];
    });
    const errors = all[0]!.map((a, index) => tf.max(tf.abs(tf.sub(a, all[1]![index]!))).dataSync()[0]!);
    return Math.max(...errors);
  });
}

describe('fused kernels equal stock tfjs, gradients too', () => {
  test('relu', () => {
    expect(compare(relu, (x) => tf.relu(x), [random([3, 7], 1)])).toBe(0);
  });

  test('relu of a volume, and relu6', () => {
    expect(compare(relu, (x) => tf.relu(x), [random([2, 3, 4, 5, 6], 1)])).toBe(0);
    expect(compare(relu6, (x) => tf.relu6(x), [tf.mul(random([3, 70], 2), 6)])).toBe(0);
  });

  test('relu of a sum of branches, which keeps NaN in training too', () => {
    const sum = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => relu(addBranches(a, b));
    const stock = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.relu(tf.add(a, b));
    expect(compare(sum as never, stock as never, [random([3, 70], 1), random([3, 70], 2)])).toBe(0);
    const edges = tf.tensor1d([Number.NaN, Number.NEGATIVE_INFINITY, -1, 1, Number.POSITIVE_INFINITY]);
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => relu(addBranches(x, x)))(edges);
    expect([...value.dataSync()]).toEqual([Number.NaN, 0, 0, 2, Number.POSITIVE_INFINITY]);
    tf.dispose([edges, value, grad]);
  });

  test.each<[string, number[], number[], [number, number], 'SAME' | 'VALID']>([
    ['of points', [2, 5, 4, 3], [1, 1, 3, 6], [1, 1], 'SAME'],
    ['whose gradient is a product', [2, 7, 9, 3], [3, 3, 3, 5], [1, 2], 'VALID'],
    ['that is a product itself', [3, 4, 5, 3], [3, 3, 3, 5], [2, 2], 'VALID'],
    ['of many positions', [1, 12, 11, 3], [3, 3, 3, 5], [1, 1], 'VALID'],
  ])('a convolution %s', (_, shape, kernel, stride, padding) => {
    const ours = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      nativeConv2d(x as tf.Tensor4D, w as tf.Tensor4D, { stride, padding })!;
    const stock = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, padding === 'SAME' ? 'same' : 'valid');
    expect(compare(ours as never, stock as never, [random(shape, 10), random(kernel, 11)])).toBeLessThan(
      2e-5,
    );
  });

  test.each<[number[], [number, number], number]>([
    [[2, 8, 7, 4], [2, 2], 3],
    [[1, 9, 10, 2], [2, 1], 5],
    [[1, 11, 8, 3], [3, 2], 3],
  ])('a depthwise convolution of %j with strides %j', (shape, stride, extent) => {
    const zeros = [(extent - 1) / 2, (extent - 1) / 2] as const;
    const ours = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, [zeros, zeros]);
    // Stock tfjs refuses gradients with uneven strides: every n-th result of the convolution without.
    const stock = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => {
      const padded = tf.pad(x as tf.Tensor4D, [[0, 0], [...zeros], [...zeros], [0, 0]]);
      const y = tf.depthwiseConv2d(padded, w as tf.Tensor4D, 1, 'valid');
      return tf.avgPool(y, 1, stride, 'valid');
    };
    const inputs = [random(shape, 12), random([extent, extent, shape[3]!, 1], 13)];
    expect(compare(ours as never, stock as never, inputs)).toBeLessThan(2e-5);
  });

  test.each([
    [9, 3, 2],
    [12, 7, 2],
    [11, 4, 3],
  ])('the stem of a video network: %i columns, a kernel of %i, stride %i', (columns, extent, by) => {
    const ours = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      conv3d(x as tf.Tensor5D, w as tf.Tensor5D, [1, 2, by], 'valid');
    const stock = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, [1, 2, by], 'valid');
    const inputs = [random([2, 4, 8, columns, 3], 14), random([2, 3, extent, 3, 4], 15)];
    expect(compare(ours as never, stock as never, inputs)).toBeLessThan(2e-5);
  });

  test.each([1, 2])('reflectPad by %i', (pad) => {
    const x = random([2, 5, 4, 3], 2);
    const mirrored = (size: number): tf.Tensor1D => {
      const last = size - 1;
      const rows = Array.from(
        { length: size + 2 * pad },
        (_, row) => last - Math.abs(last - Math.abs(row - pad)),
      );
      return tf.tensor1d(rows, 'int32');
    };
    const stock = (input: tf.Tensor): tf.Tensor =>
      tf.gather(tf.gather(input, mirrored(5), 1), mirrored(4), 2);
    expect(compare((input) => reflectPad(input as tf.Tensor4D, pad), stock, [x])).toBeLessThan(1e-5);
  });

  test.each([[[6, 4]], [[3, 5, 4, 6]], [[2, 8, 4, 3]], [[2, 3, 4, 5, 6]]])(
    'batchNormTrain of shape %j',
    (shape) => {
      const channels = shape.at(-1)!;
      const inputs = [random(shape, 3), random([channels], 4), random([channels], 5)];
      const axes = shape.slice(0, -1).map((_, axis) => axis);
      const stock = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor => {
        const { mean, variance } = tf.moments(x, axes);
        return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3))), gamma), beta);
      };
      const fused = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
        batchNormTrain(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-3).y;
      expect(compare(fused as never, stock as never, inputs)).toBeLessThan(2e-4);
      const joined = (...all: Parameters<typeof fused>): tf.Tensor => relu(fused(...all));
      const apart = (...all: Parameters<typeof stock>): tf.Tensor => tf.relu(stock(...all));
      expect(compare(joined as never, apart as never, inputs)).toBeLessThan(2e-4);
      tf.tidy(() => {
        const { mean, variance } = batchNormTrain(
          inputs[0]!,
          inputs[1] as tf.Tensor1D,
          inputs[2] as tf.Tensor1D,
          0,
        );
        const expected = tf.moments(inputs[0]!, axes);
        const count = inputs[0]!.size / channels;
        const error = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;
        expect(error(mean, expected.mean)).toBeLessThan(1e-5);
        expect(error(variance, tf.mul(expected.variance, count / (count - 1)))).toBeLessThan(1e-5);
      });
    },
  );

  test('softmaxCrossEntropy with soft targets', () => {
    const target = tf.softmax(random([4, 6], 6)) as tf.Tensor2D;
    const stock = (x: tf.Tensor): tf.Tensor => tf.neg(tf.sum(tf.mul(tf.logSoftmax(x), target), 1));
    const fused = (x: tf.Tensor): tf.Tensor => softmaxCrossEntropy(x as tf.Tensor2D, target);
    expect(compare(fused, stock, [random([4, 6], 7)])).toBeLessThan(1e-5);
  });
});

test('bytes go up and come down unchanged, and values out of range are clipped', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const up = uint8Tensor<tf.Rank.R2>(bytes, [16, 16]);
  expect(up.dtype).toBe('float32');
  expect([...up.dataSync()]).toEqual([...bytes]);
  const down = tf.tidy(() => toBytes(tf.div(up, 255)));
  expect([...down.dataSync()]).toEqual([...bytes]);
  const odd = tf.tidy(() => toBytes(tf.tensor1d([-1, 0.5, 2])));
  expect([...odd.dataSync()]).toEqual([0, 128, 255]);
  tf.dispose([up, down, odd]);
});
