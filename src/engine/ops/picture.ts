import * as tf from '@tensorflow/tfjs-core';

/**
 * Any tensor of features as a picture, which is what TensorFlow's fast kernels know: all positions of a row of the batch
 * in one line. A picture stays as it is. Ops that do this one after the other stay joined.
 */
export function asPicture(x: tf.Tensor): tf.Tensor4D {
  return x.rank === 4 ? (x as tf.Tensor4D) : tf.reshape(x, [x.shape[0]!, 1, -1, x.shape.at(-1)!]);
}

/** The way back. */
export function likePicture(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return shape.length === 4 ? x : tf.reshape(x, [...shape]);
}
