import * as tf from '@tensorflow/tfjs-core';
import { uniform } from '../../engine/ops.js';
import type { ChannelSampling } from './ops.js';

/** Position of each number among all of them by size, from 0 for the smallest; ties by place. */
function ranks(values: tf.Tensor): tf.Tensor {
  const count = values.size;
  const [own, other] = [tf.reshape(values, [count, 1]), tf.reshape(values, [1, count])];
  const place = tf.range(0, count, 1, 'float32');
  const earlier = tf.less(tf.reshape(place, [1, count]), tf.reshape(place, [count, 1]));
  const before = tf.logicalOr(tf.less(other, own), tf.logicalAnd(tf.equal(other, own), earlier));
  return tf.sum(tf.cast(before, 'float32'), 1);
}

/**
 * One number per channel: 1 for `kept` of them, else 0. Decided by the step's seed and by `index`, which tells the draws
 * of one network apart.
 */
export function channelMask(
  { kept, parts, balanced }: ChannelSampling,
  seed: tf.Tensor1D,
  index: number,
): tf.Tensor {
  const count = parts.reduce((sum, part) => sum + part, 0);
  const draws = uniform([count + 1], seed, index);
  const order = tf.slice(draws, 0, count);
  if (!balanced) return tf.cast(tf.less(ranks(order), kept), 'float32');
  const [first, second] = parts as [number, number];
  // A number of its own decides how many the first part loses: 0 to all that it may.
  const lost = tf.floor(tf.mul(tf.slice(draws, count, 1), kept + 1));
  const ofFirst = tf.less(ranks(tf.slice(order, 0, first)), tf.sub(kept, lost));
  const ofSecond = tf.less(ranks(tf.slice(order, first, second)), lost);
  return tf.cast(tf.concat([ofFirst, ofSecond]), 'float32');
}
