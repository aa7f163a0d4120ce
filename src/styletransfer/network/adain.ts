import * as tf from '@tensorflow/tfjs-core';
import { batchNormTrain } from '../../engine/ops.js';

/** Channel statistics of each picture of a batch, both `[B, 1, 1, C]`. */
export interface Moments {
  readonly mean: tf.Tensor4D;
  readonly std: tf.Tensor4D;
}

/** Added to the variance before the root (arXiv 1703.06868 and its published code). */
export const ADAIN_EPSILON = 1e-5;

/** Each picture of a batch by itself. */
const pictures = <T extends tf.Tensor>(x: T): T[] =>
  x.shape[0] === 1 ? [x] : (tf.split(x, x.shape[0]!, 0) as T[]);
const flat = (x: tf.Tensor): tf.Tensor1D => tf.reshape(x, [-1]) as tf.Tensor1D;

/** Mean and unbiased variance as `[B, 1, 1, C]`: those of a batch of one, in one pass and in float32. */
function measured(x: tf.Tensor4D): { mean: tf.Tensor4D; variance: tf.Tensor4D } {
  const channels = x.shape[3];
  const [ones, zeros] = [tf.ones([channels]) as tf.Tensor1D, tf.zeros([channels]) as tf.Tensor1D];
  const parts = pictures(x).map((picture) => batchNormTrain(picture, ones, zeros, ADAIN_EPSILON));
  const stacked = (rows: tf.Tensor1D[]): tf.Tensor4D =>
    tf.reshape(tf.stack(rows), [x.shape[0], 1, 1, channels]);
  return {
    mean: stacked(parts.map(({ mean }) => mean)),
    variance: stacked(parts.map(({ variance }) => variance)),
  };
}

/**
 * Mean and standard deviation per picture and channel of `[B, H, W, C]`: `std = sqrt(unbiased variance + 1e-5)`.
 * A map of one position has no variance: its deviation is `sqrt(1e-5)`.
 */
export function moments(x: tf.Tensor4D): Moments {
  const [, height, width] = x.shape;
  const positions = height * width;
  const freedom = Math.max(1, positions - 1);
  const apply = tf.customGrad((input, save) => {
    const { mean, variance } = measured(input as tf.Tensor4D);
    const std = tf.sqrt(tf.add(variance, ADAIN_EPSILON));
    (save as tf.GradSaveFunc)([input as tf.Tensor4D, mean, std]);
    // By hand it is one multiplication and one addition per value; op by op it is six passes over the map.
    const gradFunc = (dy: tf.Tensor, [features, average, deviation]: tf.Tensor[]): tf.Tensor => {
      const [toMean, toStd] = tf.split(dy, 2, 1);
      const slope = tf.div(toStd!, tf.mul(deviation!, freedom));
      const offset = tf.sub(tf.div(toMean!, positions), tf.mul(average!, slope));
      return tf.add(tf.mul(features!, slope), offset);
    };
    return { value: tf.concat([mean, std], 1), gradFunc };
  });
  const [mean, std] = tf.split(apply(x) as tf.Tensor4D, 2, 1);
  return { mean: mean as tf.Tensor4D, std: std as tf.Tensor4D };
}

/** `adain` with `alpha` 1 and statistics measured here, by TensorFlow's kernels for batches, a picture at a time. */
function swapped(x: tf.Tensor4D, style: Moments, floor: number): tf.Tensor4D {
  const positions = x.shape[1] * x.shape[2];
  // The kernel divides by the biased deviation.
  const bias = Math.max(1, positions - 1) / positions;
  const deviations = pictures(style.std);
  const means = pictures(style.mean);
  const rows = pictures(x).map((picture, row) => {
    const scale = tf.mul(flat(deviations[row] ?? deviations[0]!), Math.sqrt(bias)) as tf.Tensor1D;
    return batchNormTrain(picture, scale, flat(means[row] ?? means[0]!), floor * bias).y;
  });
  return rows.length === 1 ? rows[0]! : tf.concat(rows);
}

/**
 * Adaptive instance normalisation (arXiv 1703.06868, equation 8) blended with the unchanged features:
 * `alpha * ((x - mean) / std * style.std + style.mean) + (1 - alpha) * x`.
 *
 * @param alpha 0 to 1; the number 1 (the fastest), a scalar, or one value per picture `[B, 1, 1, 1]`.
 * @param options `content`: the statistics of `x`, measured here unless given (tiles of one large picture share them);
 *   `floor`: added to the content's variance, so that a flat picture's rounding errors are not raised to a texture.
 */
export function adain(
  x: tf.Tensor4D,
  style: Moments,
  alpha: tf.Tensor | number = 1,
  { content, floor = 0 }: { readonly content?: Moments; readonly floor?: number } = {},
): tf.Tensor4D {
  if (alpha === 1 && !content) return swapped(x, style, floor + ADAIN_EPSILON);
  const { mean, std } = content ?? moments(x);
  const divisor = floor === 0 ? std : tf.sqrt(tf.add(tf.square(std), floor));
  const ratio = tf.div(style.std, divisor);
  const offset = tf.sub(style.mean, tf.mul(mean, ratio));
  if (alpha === 1) return tf.add(tf.mul(x, ratio), offset);
  // One multiplication and one addition per value, whatever alpha is: the blend happens on the statistics.
  return tf.add(tf.mul(x, tf.add(tf.mul(tf.sub(ratio, 1), alpha), 1)), tf.mul(offset, alpha));
}
