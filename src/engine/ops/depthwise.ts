import * as tf from '@tensorflow/tfjs-core';
import { type TensorFlowBackend, tensorFlowBackend } from '../native/session.js';
import { FLOAT, ints, text } from './attributes.js';
import { pad } from './pad.js';

type Pair = readonly [rows: number, columns: number];
type Zeros = readonly [before: number, after: number];

/**
 * A depthwise 2D convolution of `[batch, rows, columns, channels]` by `[...kernel, channels, multiplier]` with these
 * zeros around the picture. TensorFlow differentiates one with strides ten times as slowly as one without, so the
 * gradient to the picture is that of the convolution without, from results with zeros in between.
 */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  stride: Pair,
  padding: readonly [Zeros, Zeros],
): tf.Tensor4D {
  const backend = tensorFlowBackend();
  // As many zeros after as let every window of the convolution without strides fit: it then gives `stride` times the rows.
  const zeros = padding.map(([before, after], axis): Zeros => {
    const [extent, window, step] = [x.shape[axis + 1]!, kernel.shape[axis]!, stride[axis]!];
    const count = Math.floor((extent + before + after - window) / step) + 1;
    return [before, count * step + window - 1 - extent - before];
  });
  if (!backend || zeros.some(([, after]) => after < 0)) {
    return tf.depthwiseConv2d(pad(x, padding), kernel, [...stride], 'valid');
  }
  return run(backend, pad(x, zeros), kernel, stride);
}

const shapeTensor = (x: tf.Tensor): tf.Tensor1D => tf.tensor1d(x.shape, 'int32');

function run(backend: TensorFlowBackend, x: tf.Tensor4D, kernel: tf.Tensor4D, stride: Pair): tf.Tensor4D {
  const attributes = ([rows, columns]: Pair) => [
    FLOAT,
    ints('strides', [1, rows, columns, 1]),
    text('padding', 'VALID'),
    text('data_format', 'NHWC'),
    ints('dilations', [1, 1, 1, 1]),
  ];
  const apply = tf.customGrad((input, filter, save) => {
    const [image, weight] = [input as tf.Tensor, filter as tf.Tensor];
    (save as tf.GradSaveFunc)([image, weight]);
    const value = backend.executeSingleOutput('DepthwiseConv2dNative', attributes(stride), [image, weight]);
    const gradFunc = (dy: tf.Tensor, [savedX, savedW]: tf.Tensor[]): tf.Tensor[] => [
      backend.executeSingleOutput('DepthwiseConv2dNativeBackpropInput', attributes([1, 1]), [
        shapeTensor(savedX!),
        savedW!,
        spread(dy as tf.Tensor4D, stride),
      ]),
      backend.executeSingleOutput('DepthwiseConv2dNativeBackpropFilter', attributes(stride), [
        savedX!,
        shapeTensor(savedW!),
        dy,
      ]),
    ];
    return { value, gradFunc };
  });
  return apply(x, kernel) as tf.Tensor4D;
}

/** Zeros after every row and column, so that there are `stride` times as many; concatenations stay in bfloat16. */
function spread(x: tf.Tensor4D, [down, across]: Pair): tf.Tensor4D {
  const [batch, rows, columns, channels] = x.shape;
  const widened = followed(tf.reshape(x, [batch * rows * columns, channels]), across);
  const heightened = followed(tf.reshape(widened, [batch * rows, columns * across * channels]), down);
  return tf.reshape(heightened, [batch, rows * down, columns * across, channels]);
}

/** Every row of a matrix followed by zeros, `times` as long. */
function followed(x: tf.Tensor, times: number): tf.Tensor {
  const [rows, width] = x.shape as [number, number];
  return times === 1 ? x : tf.concat([x, tf.fill([rows, (times - 1) * width], 0)], 1);
}
