import * as tf from '@tensorflow/tfjs-core';
import { float32 } from '../../engine/index.js';
import { relu } from '../../engine/ops.js';

/** Brightness and two differences of colours, scaled to deviations of about 1. */
const OPPONENT = [
  [0.9, 8, 4],
  [1.8, -8, 4],
  [0.3, 0, -8],
];

/** Eight hues as directions of the two differences of colours, under brightness, which they leave out: `[3, 8]`. */
const HUES = [
  Array.from({ length: 8 }, () => 0),
  Array.from({ length: 8 }, (_, hue) => Math.cos((hue * Math.PI) / 4)),
  Array.from({ length: 8 }, (_, hue) => Math.sin((hue * Math.PI) / 4)),
];
/** How strong a hue is when it begins to count. */
const STRENGTHS = [0, 0.5, 1];

/**
 * Mean `[B, 1, 3]` and covariance `[B, 3, 3]` of brightness and colour differences of a picture, details left out, and
 * how much there is of each hue beyond each strength `[B, 24]`: a green that the style has not may well agree with its
 * covariance, but not with its hues.
 */
export type ColourStatistics = readonly tf.Tensor[];

export function colourStatistics(image: tf.Tensor4D): ColourStatistics {
  const coarse = tf.avgPool(float32(image), 4, 4, 'valid');
  const [batch, height, width] = coarse.shape;
  const pixels = tf.reshape(coarse, [batch * height * width, 3]) as tf.Tensor2D;
  const opponents = tf.matMul(pixels, tf.tensor2d(OPPONENT)) as tf.Tensor2D;
  const turned = tf.reshape(opponents, [batch, height * width, 3]) as tf.Tensor3D;
  const mean = tf.mean(turned, 1, true);
  const centred = tf.sub(turned, mean);
  const covariance = tf.mul(tf.matMul(centred, centred, true, false), 1 / (height * width));
  const hues = tf.reshape(tf.matMul(opponents, tf.tensor2d(HUES)), [batch, height * width, 8]);
  const amounts = STRENGTHS.map((strength) => tf.mean(relu(tf.sub(hues, strength)), 1));
  return [mean, covariance, tf.concat(amounts, 1)];
}

/** Weights of the three. */
const PARTS = [1, 1, 3];

/** Squared distance of two pictures' colours, `[B]`. */
export function colourDistance(a: ColourStatistics, b: ColourStatistics): tf.Tensor1D {
  const parts = a.map((part, index) => {
    const apart = tf.reshape(tf.squaredDifference(part, b[index]!), [part.shape[0]!, -1]);
    return tf.mul(tf.mean(apart, 1), PARTS[index]!);
  });
  return tf.addN(parts) as tf.Tensor1D;
}
