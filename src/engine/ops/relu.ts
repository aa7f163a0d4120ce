import * as tf from '@tensorflow/tfjs-core';
import { onProcessor, type TensorFlowBackend, tensorFlowBackend } from '../native/session.js';
import { FLOAT } from './attributes.js';
import { pictureOf } from './picture.js';

/** Sums of branches: nothing that a processor's kernels join with the ReLU that follows. */
const sums = new WeakSet<tf.Tensor>();

/** `a + b`, of branches of a network; a ReLU of it is quicker in training than of `tf.add`. */
export function addBranches(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const sum = tf.add(a, b);
  sums.add(sum);
  return sum;
}

/** `max(x, 0)` with TensorFlow's own gradient kernel; stock tfjs multiplies by a step function. */
export function relu<T extends tf.Tensor>(x: T): T {
  const backend = tensorFlowBackend();
  if (!backend) return tf.relu(x);
  if (sums.has(x)) return activate(backend, 'Relu', Number.POSITIVE_INFINITY, x);
  // Batch norm and the ReLU of its very result are one op of TensorFlow.
  const picture = pictureOf(x);
  return picture === undefined
    ? activate(backend, 'Relu', undefined, x)
    : (tf.reshape(activate(backend, 'Relu', undefined, picture), x.shape) as T);
}

/** `min(max(x, 0), 6)`; stock tfjs differentiates it by nine ops, a third of a MobileNet's step. */
export function relu6<T extends tf.Tensor>(x: T): T {
  const backend = tensorFlowBackend();
  return backend ? activate(backend, 'Relu6', 6, x) : tf.relu6(x);
}

/**
 * By ClipByValue in training where there is a `ceiling`: the same values, NaN too, in less than half the time in bf16.
 * Otherwise by the kernel of that name, which TensorFlow joins with a convolution before it.
 */
function activate<T extends tf.Tensor>(
  backend: TensorFlowBackend,
  name: 'Relu' | 'Relu6',
  ceiling: number | undefined,
  x: T,
): T {
  const isClipped = ceiling !== undefined && tf.engine().isTapeOn() && onProcessor(backend);
  const apply = tf.customGrad((input, save) => {
    const y = isClipped
      ? backend.executeSingleOutput(
          'ClipByValue',
          [FLOAT],
          [input as tf.Tensor, tf.scalar(0), tf.scalar(ceiling)],
        )
      : backend.executeSingleOutput(name, [FLOAT], [input as tf.Tensor]);
    (save as tf.GradSaveFunc)([y]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]): tf.Tensor =>
      backend.executeSingleOutput(`${name}Grad`, [FLOAT], [dy, saved!]);
    return { value: y, gradFunc };
  });
  return apply(x) as T;
}
