import * as tf from '@tensorflow/tfjs-core';
import { ATTR, type OpAttribute } from './attributes.js';
import { DataType } from './graphdef.js';
import { type TensorFlowBackend, tensorFlowBackend } from './session.js';

const FLOAT: OpAttribute = { name: 'T', type: ATTR.TYPE, value: DataType.FLOAT };
const flag = (name: string, value: boolean): OpAttribute => ({ name, type: ATTR.BOOL, value });
const text = (name: string, value: string): OpAttribute => ({ name, type: ATTR.STRING, value });
const type = (name: string, value: number): OpAttribute => ({ name, type: ATTR.TYPE, value });
const float = (name: string, value: number): OpAttribute => ({ name, type: ATTR.FLOAT, value });

/** `max(x, 0)` with TensorFlow's own gradient kernel; stock tfjs multiplies by a step function. */
export function relu<T extends tf.Tensor>(x: T): T {
  const backend = tensorFlowBackend();
  if (!backend) return tf.relu(x);
  const apply = tf.customGrad((input, save) => {
    const y = backend.executeSingleOutput('Relu', [FLOAT], [input as tf.Tensor]);
    (save as tf.GradSaveFunc)([y]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]): tf.Tensor =>
      backend.executeSingleOutput('ReluGrad', [FLOAT], [dy, saved!]);
    return { value: y, gradFunc };
  });
  return apply(x) as T;
}

/** One axis with `pad` mirrored positions at each end, the edge not repeated. */
function mirrored(x: tf.Tensor4D, axis: 1 | 2, pad: number): tf.Tensor4D {
  const size = x.shape[axis];
  const at = (position: number): tf.Tensor4D => {
    const begin = [0, 0, 0, 0];
    const extent = [...x.shape];
    begin[axis] = position;
    extent[axis] = 1;
    return tf.slice(x, begin as [number, number, number, number], extent as [number, number, number, number]);
  };
  const before = Array.from({ length: pad }, (_, row) => at(pad - row));
  const after = Array.from({ length: pad }, (_, row) => at(size - 2 - row));
  return tf.concat([...before, x, ...after], axis);
}

/**
 * Mirrors `pad` rows and columns at each side without repeating the edge; [B, H, W, C], `pad` below H and W.
 * Slices and concatenations stay in bfloat16 where MirrorPad would widen to float32 and back: a VGG with eleven
 * reflected convolutions takes 1.5 times as long with that kernel. Its gradient is TensorFlow's; stock tfjs has none.
 */
export function reflectPad(x: tf.Tensor4D, pad: number): tf.Tensor4D {
  const backend = tensorFlowBackend();
  if (!backend) return mirrored(mirrored(x, 1, pad), 2, pad);
  const attributes = [FLOAT, type('Tpaddings', DataType.INT32), text('mode', 'REFLECT')];
  const apply = tf.customGrad((input) => {
    const gradFunc = (dy: tf.Tensor): tf.Tensor => {
      const sizes = tf.tensor2d([0, 0, pad, pad, pad, pad, 0, 0], [4, 2], 'int32');
      return backend.executeSingleOutput('MirrorPadGrad', attributes, [dy, sizes]);
    };
    return { value: mirrored(mirrored(input as tf.Tensor4D, 1, pad), 2, pad), gradFunc };
  });
  return apply(x) as tf.Tensor4D;
}

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
  return backend ? fusedBatchNorm(backend, x, gamma, beta, epsilon) : stockBatchNorm(x, gamma, beta, epsilon);
}

function fusedBatchNorm<T extends tf.Tensor>(
  backend: TensorFlowBackend,
  x: T,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormalized<T> {
  const { shape } = x;
  const channels = shape.at(-1)!;
  // The kernel knows only pictures: one row of all positions means the same.
  const image =
    shape.length === 4
      ? x
      : tf.reshape(x, [shape[0]!, 1, shape.slice(1, -1).reduce((a, b) => a * b, 1), channels]);
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
  return { y: tf.reshape(apply(image, gamma, beta), shape) as T, mean, variance };
}

function stockBatchNorm<T extends tf.Tensor>(
  x: T,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormalized<T> {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const { mean, variance } = tf.moments(x, axes);
  const y = tf.add(tf.mul(tf.sub(x, mean), tf.mul(tf.rsqrt(tf.add(variance, epsilon)), gamma)), beta);
  const count = x.size / x.shape.at(-1)!;
  const unbiased = tf.mul(variance, count / Math.max(1, count - 1));
  return { y: y as T, mean: mean as tf.Tensor1D, variance: unbiased as tf.Tensor1D };
}

/** Cross-entropy of each row of logits [B, C] with probabilities [B, C]; no gradient to the probabilities. */
export function softmaxCrossEntropy(logits: tf.Tensor2D, target: tf.Tensor2D): tf.Tensor1D {
  const backend = tensorFlowBackend();
  if (!backend) return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), target), 1));
  const apply = tf.customGrad((input, wanted, save) => {
    const [loss, slope] = backend.executeMultipleOutputs(
      'SoftmaxCrossEntropyWithLogits',
      [FLOAT],
      [input as tf.Tensor, wanted as tf.Tensor],
      2,
    );
    (save as tf.GradSaveFunc)([slope!, wanted as tf.Tensor]);
    const gradFunc = (dy: tf.Tensor, [saved, probabilities]: tf.Tensor[]): tf.Tensor[] => [
      tf.mul(tf.expandDims(dy, 1), saved!),
      tf.zerosLike(probabilities!),
    ];
    return { value: loss!, gradFunc };
  });
  return apply(logits, target) as tf.Tensor1D;
}

/** Uploads bytes and widens them to float32 (0 to 255) on the device: a quarter of the copying. */
export function uint8Tensor<R extends tf.Rank>(data: Uint8Array, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const backend = tensorFlowBackend();
  if (!backend) return tf.tensor(Float32Array.from(data), shape);
  const { binding } = backend;
  const id = binding.createTensor(shape as number[], DataType.UINT8, data);
  try {
    const attributes = [type('SrcT', DataType.UINT8), type('DstT', DataType.FLOAT)];
    const [cast] = binding.executeOp('Cast', attributes, [id], 1);
    return backend.createOutputTensor(cast!) as tf.Tensor<R>;
  } finally {
    binding.deleteTensor(id);
  }
}

/**
 * Values in [0, 1] as whole numbers 0 to 255, rounded, out-of-range values clipped. Reading the result copies one
 * byte per value where the engine has bytes.
 */
export function toBytes(x: tf.Tensor): tf.Tensor {
  const scaled = tf.round(tf.mul(tf.clipByValue(x, 0, 1), 255));
  const backend = tensorFlowBackend();
  if (!backend) return tf.cast(scaled, 'int32');
  return backend.executeSingleOutput(
    'Cast',
    [type('SrcT', DataType.FLOAT), type('DstT', DataType.UINT8)],
    [scaled],
  );
}
