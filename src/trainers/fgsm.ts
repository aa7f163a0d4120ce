import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '../engine/ops.js';

export interface FgsmOptions {
  /** Step in the input's units: one number, or one per channel. 16/255 in pixels is 16/255/std for normalised input. */
  readonly epsilon: number | readonly number[];
  /** Valid range per channel (or for all), to which the result is clipped. */
  readonly low: number | readonly number[];
  readonly high: number | readonly number[];
  /** `crossEntropy` (usual), or `logit`: minus the target's logit, what the debiased code differentiates. */
  readonly loss?: 'crossEntropy' | 'logit';
}

const perChannel = (value: number | readonly number[]): tf.Tensor =>
  typeof value === 'number' ? tf.scalar(value) : tf.tensor1d([...value]);

/** Fast gradient sign attack (arXiv 1412.6572): clip(x + epsilon · sign(∂loss/∂x)). `target` is one-hot `[rows, classes]`. */
export function fgsm(
  logits: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  target: tf.Tensor,
  { epsilon, low, high, loss = 'crossEntropy' }: FgsmOptions,
): tf.Tensor {
  return tf.tidy(() => {
    const slope = tf.grad((input) => {
      const y = logits(input);
      if (loss === 'logit') return tf.neg(tf.sum(tf.mul(y, target)));
      return tf.sum(softmaxCrossEntropy(y as tf.Tensor2D, target as tf.Tensor2D));
    })(x);
    const moved = tf.add(x, tf.mul(tf.sign(slope), perChannel(epsilon)));
    return tf.minimum(tf.maximum(moved, perChannel(low)), perChannel(high));
  });
}
