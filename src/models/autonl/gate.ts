import * as tf from '@tensorflow/tfjs-core';
import { uniform } from '../../engine/ops.js';
import type { Parameter } from '../layers/parameter.js';

/** By how much a gate is open: the weight's mean square, over what it starts with, less the threshold; shape [1]. */
export function gateMargin(weight: Parameter, threshold: Parameter): tf.Tensor {
  const { init } = weight.spec;
  const start = init.kind === 'normal' ? init.std ** 2 : 1;
  return tf.sub(tf.mul(tf.mean(tf.square(weight.variable)), 1 / start), threshold.variable);
}

/** 1 where the margin is above 0, else 0; its gradient is the sigmoid's (arXiv 2004.01961, eq. 6). */
export function hardGate(margin: tf.Tensor): tf.Tensor {
  const apply = tf.customGrad((x, save) => {
    const input = x as tf.Tensor;
    (save as tf.GradSaveFunc)([input]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]): tf.Tensor => {
      const smooth = tf.sigmoid(saved!);
      return tf.mul(dy, tf.mul(smooth, tf.sub(1, smooth)));
    };
    return { value: tf.cast(tf.greater(input, 0), 'float32'), gradFunc };
  });
  return apply(margin);
}

/**
 * The gate of a step that tries choices out: with probability `rate` the other way round, decided by the step's seed and
 * by `index`. Its gradient comes from steps that close it, weighted by how rare they are: with the gate open the gradient
 * says nothing, since a kernel learns its own scale; with it closed it is what the kernel would bring.
 */
export function explored(open: tf.Tensor, rate: number, seed: tf.Tensor1D, index: number): tf.Tensor {
  return tf.customGrad((x, save) => {
    const gate = x as tf.Tensor;
    const value = tf.abs(tf.sub(gate, tf.cast(tf.less(uniform([1], seed, index), rate), 'float32')));
    const rarity = tf.add(tf.mul(gate, 1 / rate), tf.mul(tf.sub(1, gate), 1 / (1 - rate)));
    (save as tf.GradSaveFunc)([tf.mul(tf.sub(1, value), rarity)]);
    return { value, gradFunc: (dy: tf.Tensor, [weight]: tf.Tensor[]) => tf.mul(dy, weight!) };
  })(open);
}
