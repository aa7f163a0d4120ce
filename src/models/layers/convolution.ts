import * as tf from '@tensorflow/tfjs-core';
import { conv3d, depthwiseConv2d, nativeConv2d, pad, prefersPadded } from '../../engine/ops.js';
import { resolvePadding, samePadding } from './convolution-shape.js';
import type { ConvSpec, Padding } from './ops.js';
import type { Shape } from './shape.js';

/** The name of tfjs's padding rule that gives exactly these zeros, if one does. */
function stockRule(space: Shape, padding: readonly Padding[], spec: ConvSpec): 'valid' | 'same' | undefined {
  if (padding.every(([before, after]) => before === 0 && after === 0)) return 'valid';
  const isSame = padding.every(([before, after], axis) => {
    const same = samePadding(space[axis]!, spec.kernel[axis]!, spec.stride[axis]!);
    return same[0] === before && same[1] === after;
  });
  return isSame ? 'same' : undefined;
}

/** The zeros after an axis that a window really reaches. */
function reached(extent: number, [before, after]: Padding, kernel: number, stride: number): Padding {
  const positions = Math.floor((extent + before + after - kernel) / stride) + 1;
  return [before, Math.max(0, (positions - 1) * stride + kernel - extent - before)];
}

/** Pads by hand where no rule gives these zeros. Returns the tensor and the rule to use with it. */
function withRule<T extends tf.Tensor>(x: T, spec: ConvSpec): { x: T; rule: 'valid' | 'same' } {
  const space = x.shape.slice(1, -1);
  const padding = resolvePadding(space, spec);
  const rule = stockRule(space, padding, spec);
  const positions = space.map((extent, axis) => {
    const [before, after] = padding[axis]!;
    return Math.floor((extent + before + after - spec.kernel[axis]!) / spec.stride[axis]!) + 1;
  });
  const isSmall = space.length === 2 && prefersPadded(positions[0]! * positions[1]!);
  if (rule === 'valid' || (rule === 'same' && !isSmall)) return { x, rule };
  const needed = padding.map((both, axis) =>
    reached(space[axis]!, both, spec.kernel[axis]!, spec.stride[axis]!),
  );
  return { x: pad(x, needed), rule: 'valid' };
}

/** A 2D or 3D convolution as `spec` describes, without its bias. */
export function convolve(x: tf.Tensor, kernel: tf.Tensor, spec: ConvSpec): tf.Tensor {
  if (spec.kernel.length === 2) return convolve2d(x as tf.Tensor4D, kernel as tf.Tensor4D, spec);
  if (spec.groups !== 1) throw new RangeError('Expected a 3D convolution of one group.');
  const [volume, kernels] = [x as tf.Tensor5D, kernel as tf.Tensor5D];
  return foldedConvolve(volume, kernels, spec) ?? convolve3d(volume, kernels, spec);
}

function convolve3d(x: tf.Tensor5D, kernel: tf.Tensor5D, spec: ConvSpec): tf.Tensor {
  const { x: padded, rule } = withRule(x, spec);
  return conv3d(padded, kernel, spec.stride as [number, number, number], rule);
}

function convolve2d(x: tf.Tensor4D, kernel: tf.Tensor4D, spec: ConvSpec): tf.Tensor4D {
  if (isSparsePoint(x.shape.slice(1, -1), spec)) {
    const sparse = tf.avgPool(x, 1, spec.stride as [number, number], 'valid');
    return convolve2d(sparse, kernel, { ...spec, stride: [1, 1], padding: [NONE, NONE] });
  }
  const stride = spec.stride as [number, number];
  const depthwise = spec.groups > 1 && spec.groups === spec.inputs && spec.inputs === spec.outputs;
  if (depthwise && stride.some((step) => step > 1)) {
    const padding = resolvePadding(x.shape.slice(1, -1), spec) as [Padding, Padding];
    return depthwiseConv2d(x, kernel, stride, padding);
  }
  const { x: input, rule } = withRule(x, spec);
  if (depthwise) return tf.depthwiseConv2d<tf.Tensor4D>(input, kernel, stride, rule);
  const named = rule === 'same' ? 'SAME' : 'VALID';
  return (
    nativeConv2d(input, kernel, { stride, padding: named }) ??
    (spec.groups === 1
      ? tf.conv2d<tf.Tensor4D>(input, kernel, stride, rule)
      : groupedConvolve(input, kernel, stride, rule, spec.groups))
  );
}

const NONE: Padding = [0, 0];

/** Whether this is a 1×1 convolution that leaves positions out: leaving them out first is several times quicker. */
function isSparsePoint(space: Shape, spec: ConvSpec): boolean {
  const isPoint = spec.kernel.every((extent) => extent === 1);
  return (
    isPoint &&
    spec.stride.some((step) => step > 1) &&
    resolvePadding(space, spec)
      .flat()
      .every((zeros) => zeros === 0)
  );
}

/** Slow but everywhere: one convolution per group. */
function groupedConvolve(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  stride: [number, number],
  rule: 'valid' | 'same',
  groups: number,
): tf.Tensor4D {
  const kernels = tf.split<tf.Tensor4D>(kernel, groups, 3);
  const parts = tf.split<tf.Tensor4D>(x, groups, 3);
  return tf.concat4d(
    parts.map((part, group) => tf.conv2d<tf.Tensor4D>(part, kernels[group]!, stride, rule)),
    3,
  );
}

/**
 * 3D convolutions whose kernel is flat in an axis are 2D ones on another view of the same memory, which run several
 * times faster: 1×k×k with the time axis folded into the batch, k×1×1 with the plane folded into one axis.
 */
function foldedConvolve(x: tf.Tensor5D, kernel: tf.Tensor5D, spec: ConvSpec): tf.Tensor | undefined {
  const [batch, depth, height, width, channels] = x.shape;
  const [kd, kh, kw] = spec.kernel as [number, number, number];
  const [sd, sh, sw] = spec.stride as [number, number, number];
  const padding = resolvePadding([depth, height, width], spec);
  const flat2d = (axes: readonly [number, number]) => ({
    ...spec,
    kernel: axes.map((axis) => spec.kernel[axis]!),
    stride: axes.map((axis) => spec.stride[axis]!),
    padding: axes.map((axis) => padding[axis]!),
  });
  if (kd === 1 && sd === 1 && padding[0]![0] === 0 && padding[0]![1] === 0) {
    const flat = flat2d([1, 2]);
    const image: tf.Tensor4D = tf.reshape(x, [batch * depth, height, width, channels]);
    const y = convolve2d(image, tf.squeeze<tf.Tensor4D>(kernel, [0]), flat);
    return tf.reshape(y, [batch, depth, y.shape[1], y.shape[2], y.shape[3]]);
  }
  if (
    kh === 1 &&
    kw === 1 &&
    sh === 1 &&
    sw === 1 &&
    padding.slice(1).every(([a, b]) => a === 0 && b === 0)
  ) {
    const flat = flat2d([0, 1]);
    const image: tf.Tensor4D = tf.reshape(x, [batch, depth, height * width, channels]);
    const y = convolve2d(image, tf.squeeze<tf.Tensor4D>(kernel, [1]), flat);
    return tf.reshape(y, [batch, y.shape[1], height, width, y.shape[3]]);
  }
  return undefined;
}
