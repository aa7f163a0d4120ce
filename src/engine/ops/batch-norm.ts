import * as tf from '@tensorflow/tfjs-core';
import { DataType } from '../native/data-type.js';
import { type TensorFlowBackend, tensorFlowBackend } from '../native/session.js';
import { allReduceMean, worldSize } from './all-reduce.js';
import { FLOAT, flag, float, text, type } from './attributes.js';
import { asPicture, likePicture } from './picture.js';

/** What batch normalisation gives in training. */
export interface BatchNormalized<T extends tf.Tensor> {
  readonly y: T;
  /** Per-channel mean of the batch. */
  readonly mean: tf.Tensor1D;
  /** Per-channel variance of the batch, unbiased: what running statistics take (`y` is normalised by the biased one). */
  readonly variance: tf.Tensor1D;
}

/**
 * Batch normalisation with the statistics of the batch over all axes but the last; rank 2, 4 or 5. Gradients flow
 * to x, gamma and beta through y, none through the statistics.
 */
export function batchNormTrain<T extends tf.Tensor>(
  x: T,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormalized<T> {
  const backend = tensorFlowBackend();
  return backend
    ? fusedBatchNorm(backend, x, gamma, beta, epsilon)
    : batchNormAcross('', x, gamma, beta, epsilon);
}

function fusedBatchNorm<T extends tf.Tensor>(
  backend: TensorFlowBackend,
  x: T,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormalized<T> {
  const { shape } = x;
  const image = asPicture(backend, x);
  const attributes = [
    FLOAT,
    type('U', DataType.FLOAT),
    float('epsilon', epsilon),
    text('data_format', 'NHWC'),
    flag('is_training', true),
  ];
  const empty = tf.tensor1d([]);
  const forward = backend.executeMultipleOutputs(
    'FusedBatchNormV3',
    [...attributes, float('exponential_avg_factor', 1)],
    [image, gamma, beta, empty, empty],
    6,
  );
  const [y, mean, variance, ...reserved] = forward as [tf.Tensor, tf.Tensor1D, tf.Tensor1D, ...tf.Tensor[]];
  const apply = tf.customGrad((input, scale, _shift, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor, scale as tf.Tensor, ...reserved]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
      backend.executeMultipleOutputs('FusedBatchNormGradV3', attributes, [dy, ...saved], 5).slice(0, 3);
    return { value: tf.clone(y), gradFunc };
  });
  const normalized = apply(image, gamma, beta) as tf.Tensor4D;
  return { y: likePicture(normalized, shape) as T, mean, variance };
}

/**
 * `batchNormTrain` with the statistics of the batches of all processes of a cluster together: as many rows in each.
 * `name` is that of the layer and route, the same in all processes and of no other call in a step.
 */
export function batchNormAcross<T extends tf.Tensor>(
  name: string,
  x: T,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormalized<T> {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const mean = allReduceMean(`${name}/mean`, tf.mean(x, axes));
  const centred = tf.sub(x, mean);
  const variance = allReduceMean(`${name}/variance`, tf.mean(tf.square(centred), axes));
  const y = tf.add(tf.mul(centred, tf.mul(tf.rsqrt(tf.add(variance, epsilon)), gamma)), beta);
  const count = (worldSize() * x.size) / x.shape.at(-1)!;
  const unbiased = tf.mul(variance, count / Math.max(1, count - 1));
  return { y: y as T, mean: mean as tf.Tensor1D, variance: unbiased as tf.Tensor1D };
}
