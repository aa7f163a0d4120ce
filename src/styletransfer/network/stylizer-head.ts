import * as tf from '@tensorflow/tfjs-core';
import { float32 } from '../../engine/index.js';
import { relu } from '../../engine/ops.js';
import type { Moments } from './adain.js';
import { packStatistics, unpackStatistics } from './pack.js';
import type { ParameterOf } from './parameters.js';
import { normalisedLayers, type StylizerConfig } from './stylizer-config.js';

/** Added to variances: deviations far below its root are all the same to the head. */
const FLOOR = 0.02;
/** The most that a logarithm of a deviation is moved by. */
const MOST = 1.5;

/** Statistics as numbers of about 1: means in deviations, flattened far from 0, and logarithms of deviations. */
function seen(layers: readonly Moments[]): tf.Tensor2D {
  const parts = layers.map(({ mean, std }) => {
    const variance = tf.add(tf.square(std), FLOOR);
    return {
      mean: tf.tanh(tf.mul(tf.div(mean, tf.sqrt(variance)), 0.5)) as tf.Tensor4D,
      std: tf.mul(tf.log(variance), 0.25) as tf.Tensor4D,
    };
  });
  return packStatistics(parts);
}

/**
 * A style's statistics as they are to be put into a content picture: what a layer needs to paint like the style is not
 * quite what the style itself has there, and depends on all that is known of it. A hidden layer sees all statistics and
 * adds to the means and to the logarithms of the deviations of every normalised layer (colours stay as measured).
 * After the style prediction of arXiv 1705.06830.
 */
export function correctStatistics(
  parameter: ParameterOf,
  config: StylizerConfig,
  layers: readonly Moments[],
): Moments[] {
  const dense = (name: string, x: tf.Tensor2D): tf.Tensor2D =>
    tf.add(tf.matMul(x, parameter(`${name}.weight`) as tf.Tensor2D), parameter(`${name}.bias`));
  const change = float32(dense('head.1', relu(dense('head.0', seen(layers)))));
  const [colours, ...features] = layers;
  const changes = unpackStatistics(normalisedLayers(config), change);
  const corrected = features.map(({ mean, std }, layer) => {
    const { mean: shift, std: growth } = changes[layer]!;
    const bounded = tf.mul(tf.tanh(tf.div(growth, MOST)), MOST);
    return { mean: tf.add(mean, shift) as tf.Tensor4D, std: tf.mul(std, tf.exp(bounded)) as tf.Tensor4D };
  });
  return [colours!, ...corrected];
}
