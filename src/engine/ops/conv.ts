import * as tf from '@tensorflow/tfjs-core';
import type { OpAttribute } from '../native/attributes.js';
import { onProcessor, type TensorFlowBackend, tensorFlowBackend } from '../native/session.js';
import { FLOAT, ints, text } from './attributes.js';

export interface NativeConv {
  readonly stride: readonly [number, number];
  readonly padding: 'SAME' | 'VALID';
}

/**
 * Positions in a result up to which the gradient to the kernel is quicker as one matrix product over the whole batch (2
 * to 10 times for 7x7 to 2x2 in bf16): oneDNN passes over the whole kernel for every picture.
 */
const GRADIENT_BY_PRODUCT = 49;

/** Likewise for the convolution itself. */
const RESULT_BY_PRODUCT = 4;

const shapeTensor = (x: tf.Tensor): tf.Tensor1D => tf.tensor1d(x.shape, 'int32');

function attributes({ stride, padding }: NativeConv): OpAttribute[] {
  return [
    FLOAT,
    ints('strides', [1, ...stride, 1]),
    text('padding', padding),
    text('data_format', 'NHWC'),
    ints('dilations', [1, 1, 1, 1]),
  ];
}

/** What the kernel sees at each position of the result, one row each: `[positions, rows * columns * channels]`. */
function windows(
  x: tf.Tensor,
  kernel: tf.Tensor,
  [rows, columns]: readonly number[],
  [down, across]: NativeConv['stride'],
): tf.Tensor2D {
  const [batch, , , channels] = x.shape as [number, number, number, number];
  const [height, width] = kernel.shape as [number, number];
  if (height * width * down * across === 1) return rowsOf(x);
  const span = [batch, (rows! - 1) * down + 1, (columns! - 1) * across + 1, channels];
  const parts = Array.from({ length: height * width }, (_, tap) => {
    const part = tf.slice(x, [0, Math.floor(tap / width), tap % width, 0], span) as tf.Tensor4D;
    return down * across === 1 ? part : tf.avgPool(part, 1, [down, across], 'valid');
  });
  return rowsOf(tf.concat(parts, 3));
}

const rowsOf = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [-1, x.shape.at(-1)!]);

function run(backend: TensorFlowBackend, x: tf.Tensor4D, kernel: tf.Tensor4D, conv: NativeConv): tf.Tensor4D {
  const options = attributes(conv);
  const [height, width, inputs, outputs] = kernel.shape;
  const space = [1, 2].map(
    (axis) => Math.floor((x.shape[axis]! - kernel.shape[axis - 1]!) / conv.stride[axis - 1]!) + 1,
  );
  const positions = space[0]! * space[1]!;
  const isWhole =
    onProcessor(backend) && inputs === x.shape[3] && (conv.padding === 'VALID' || height * width === 1);
  const isPoint = height * width === 1 && conv.stride.every((step) => step === 1);
  const apply = tf.customGrad((input, filter, save) => {
    const [image, weight] = [input as tf.Tensor, filter as tf.Tensor];
    (save as tf.GradSaveFunc)([image, weight]);
    const value =
      isWhole && !isPoint && positions <= RESULT_BY_PRODUCT
        ? tf.reshape(tf.matMul(windows(image, weight, space, conv.stride), rowsOf(weight)), [
            x.shape[0],
            space[0]!,
            space[1]!,
            outputs,
          ])
        : backend.executeSingleOutput('Conv2D', options, [image, weight]);
    const gradFunc = (dy: tf.Tensor, [savedX, savedW]: tf.Tensor[]): tf.Tensor[] => [
      backend.executeSingleOutput('Conv2DBackpropInput', options, [shapeTensor(savedX!), savedW!, dy]),
      isWhole && (isPoint || positions <= GRADIENT_BY_PRODUCT)
        ? tf.reshape(
            tf.matMul(windows(savedX!, savedW!, space, conv.stride), rowsOf(dy), true, false),
            kernel.shape,
          )
        : backend.executeSingleOutput('Conv2DBackpropFilter', options, [savedX!, shapeTensor(savedW!), dy]),
    ];
    return { value, gradFunc };
  });
  return apply(x, kernel) as tf.Tensor4D;
}

/**
 * A 2D convolution straight through TensorFlow's kernels, which know groups (`kernel` is `[rows, columns,
 * channels / groups, outputs]`) where tfjs's own ops do not, or as matrix products where those are quicker: of points,
 * and of small pictures without `SAME` zeros (`prefersPadded`). Undefined on another engine.
 */
export function nativeConv2d(x: tf.Tensor4D, kernel: tf.Tensor4D, conv: NativeConv): tf.Tensor4D | undefined {
  const backend = tensorFlowBackend();
  return backend === undefined ? undefined : run(backend, x, kernel, conv);
}

/** Whether a convolution with so many positions in its result should get its zeros beforehand. */
export function prefersPadded(positions: number): boolean {
  const backend = tensorFlowBackend();
  return positions <= GRADIENT_BY_PRODUCT && backend !== undefined && onProcessor(backend);
}
