import * as tf from '@tensorflow/tfjs-core';
import { tensorFlowBackend } from '../native/session.js';
import { pad } from './pad.js';

/** Channels up to which columns are joined. */
const FEW_CHANNELS = 4;
const NONE = [0, 0] as const;

type Triple = readonly [depth: number, rows: number, columns: number];

/** TensorFlow's SAME rule for one axis. */
function same(extent: number, kernel: number, stride: number): readonly [number, number] {
  const total = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + kernel - extent);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/**
 * A 3D convolution: `[batch, depth, rows, columns, channels]` by `[...kernel, inputs, outputs]`. Other
 * engines than TensorFlow have no 3D kernel that is right, or none that is fast: there it is the sum of 2D
 * convolutions, one for each plane of the kernel.
 */
export function conv3d(
  x: tf.Tensor5D,
  kernel: tf.Tensor5D,
  stride: Triple,
  padding: 'same' | 'valid',
): tf.Tensor5D {
  if (tensorFlowBackend()) {
    const stem = padding === 'valid' && stride[2] > 1 && x.shape[4] <= FEW_CHANNELS;
    return stem ? joinedColumns(x, kernel, stride) : tf.conv3d(x, kernel, [...stride], padding);
  }
  if (padding === 'valid') return byPlanes(x, kernel, stride);
  const zeros = stride.map((step, axis) => same(x.shape[axis + 1]!, kernel.shape[axis]!, step));
  return byPlanes(pad(x, zeros), kernel, stride);
}

/**
 * The stem of a video network: with as many columns in one as the stride is wide, there are more channels, of which
 * TensorFlow's kernels make more than twice the speed in bf16. The same memory, but for zeros that even out the columns.
 */
function joinedColumns(x: tf.Tensor5D, kernel: tf.Tensor5D, [depthStep, down, by]: Triple): tf.Tensor5D {
  const [batch, depth, rows, columns, channels] = x.shape;
  const [kd, kh, kw, , outputs] = kernel.shape;
  const [wide, taps] = [Math.ceil(columns / by), Math.ceil(kw / by)];
  const even = pad(x, [NONE, NONE, [0, wide * by - columns]]);
  const joined: tf.Tensor5D = tf.reshape(even, [batch, depth, rows, wide, by * channels]);
  const missing = tf.fill([kd, kh, taps * by - kw, channels, outputs], 0);
  const whole = taps * by === kw ? kernel : tf.concat([kernel, missing], 2);
  const weights: tf.Tensor5D = tf.reshape(whole, [kd, kh, taps, by * channels, outputs]);
  const y = tf.conv3d(joined, weights, [depthStep, down, 1], 'valid');
  const count = Math.floor((columns - kw) / by) + 1;
  // The zeros may make room for one position more.
  return y.shape[3] === count ? y : tf.slice(y, 0, [batch, y.shape[1], y.shape[2], count, outputs]);
}

function byPlanes(x: tf.Tensor5D, kernel: tf.Tensor5D, stride: Triple): tf.Tensor5D {
  const [extent] = kernel.shape;
  const depth = Math.floor((x.shape[1] - extent) / stride[0]) + 1;
  const planes = Array.from({ length: extent }, (_, index) => {
    const plane = tf.slice(kernel, [index, 0, 0, 0, 0], [1, ...kernel.shape.slice(1)] as [number]);
    const flat: tf.Tensor4D = tf.reshape(plane, kernel.shape.slice(1) as [number, number, number, number]);
    return tf.conv2d<tf.Tensor4D>(
      everyPlane(x, index, depth, stride[0]),
      flat,
      [stride[1], stride[2]],
      'valid',
    );
  });
  const [, rows, columns, outputs] = planes[0]!.shape;
  return tf.reshape(tf.addN(planes), [x.shape[0], depth, rows, columns, outputs]);
}

/** `count` planes of each volume from `start` on, every `step`-th, all in the batch. */
function everyPlane(x: tf.Tensor5D, start: number, count: number, step: number): tf.Tensor4D {
  const [batch, , rows, columns, channels] = x.shape;
  const span = (count - 1) * step + 1;
  const run = tf.slice(x, [0, start, 0, 0, 0], [batch, span, rows, columns, channels]);
  const flat: tf.Tensor4D = tf.reshape(run, [batch, span, rows * columns, channels]);
  // A pool of one position: unlike stridedSlice it has a gradient.
  const taken = step === 1 ? flat : tf.avgPool(flat, 1, [step, 1], 'valid');
  return tf.reshape(taken, [batch * count, rows, columns, channels]);
}
