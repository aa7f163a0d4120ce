import * as tf from '@tensorflow/tfjs-core';
import { uniform } from './uniform.js';

/**
 * Zeroes each value with probability `rate` and divides the rest by `1 - rate`. The mask is decided by `seed`, which
 * a compiled step must take as an input, and by `index`, which tells the dropouts of one network apart.
 */
export function dropout(x: tf.Tensor, rate: number, seed: tf.Tensor1D, index: number): tf.Tensor {
  const kept = tf.cast(tf.greaterEqual(uniform(x.shape, seed, index), rate), 'float32');
  return tf.mul(x, tf.mul(kept, 1 / (1 - rate)));
}
