import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../core/errors.js';
import { type Label, toDense } from '../core/label.js';
import { softmaxCrossEntropy } from '../engine/ops.js';

/** Votes as a dense target `[labels, classes]` whose rows sum to 1. */
export function denseTargets(labels: readonly Label[], classes: number): tf.Tensor2D {
  return tf.tensor2d(toDense(labels, classes), [labels.length, classes]);
}

/** Mean cross-entropy of logits `[rows, classes]` with soft targets of the same shape. @throws ShapeError */
export function softCrossEntropy(logits: tf.Tensor, target: tf.Tensor): tf.Scalar {
  if (!tf.util.arraysEqual(logits.shape, target.shape))
    throw new ShapeError('logits', target.shape, logits.shape);
  return tf.mean(softmaxCrossEntropy(logits as tf.Tensor2D, target as tf.Tensor2D)) as tf.Scalar;
}

/**
 * Shape-texture debiased training (arXiv 2010.05981, eq. 2): per row (1 - w)·CE(first) + w·CE(second), then the mean.
 * As cross-entropy is linear in its target, that is one soft cross-entropy.
 *
 * @param first one-hot `[rows, classes]`: the label, or the shape's class
 * @param second one-hot `[rows, classes]`: the texture's class or the other picture of a mixture
 * @param weight `[rows]`: w, 0 for clean rows and 1 - gamma for stylised ones
 */
export function dualLabelLoss(
  logits: tf.Tensor,
  first: tf.Tensor,
  second: tf.Tensor,
  weight: tf.Tensor1D,
): tf.Scalar {
  const w = tf.expandDims(weight, 1);
  return softCrossEntropy(logits, tf.add(tf.mul(first, tf.sub(1, w)), tf.mul(second, w)));
}

/** Moves `amount` of every row evenly onto all classes (arXiv 1512.00567, section 7). */
export function smoothTargets(target: tf.Tensor, amount: number): tf.Tensor {
  return tf.add(tf.mul(target, 1 - amount), amount / target.shape.at(-1)!);
}

/** Half the weighted sum of squares of some parameters: weight decay written as a loss. */
export function l2Penalty(weights: readonly tf.Tensor[], weightDecay: number): tf.Scalar {
  return tf.mul(tf.addN(weights.map((weight) => tf.sum(tf.square(weight)))), weightDecay / 2);
}
