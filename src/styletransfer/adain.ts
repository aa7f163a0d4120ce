import * as tf from '@tensorflow/tfjs-core';

/** Channel statistics of each picture of a batch, both `[B, 1, 1, C]`. */
export interface Moments {
  readonly mean: tf.Tensor4D;
  readonly std: tf.Tensor4D;
}

/** Added to the variance before the root (arXiv 1703.06868 and its published code). */
export const ADAIN_EPSILON = 1e-5;

/**
 * Mean and standard deviation per picture and channel of `[B, H, W, C]`: `std = sqrt(unbiased variance + 1e-5)`.
 * A map of one position has no variance: its deviation is `sqrt(1e-5)`.
 */
export function moments(x: tf.Tensor4D): Moments {
  const [, height, width] = x.shape;
  const positions = height * width;
  const freedom = Math.max(1, positions - 1);
  // Whole-map pooling instead of `mean`: the form of it that bf16 graphs compute at full speed.
  const pool = (y: tf.Tensor4D): tf.Tensor4D => tf.avgPool(y, [height, width], 1, 'valid');
  const apply = tf.customGrad((input, save) => {
    const mean = pool(input as tf.Tensor4D);
    const centred = tf.sub(input as tf.Tensor4D, mean);
    const variance = tf.mul(pool(tf.mul(centred, centred)), positions / freedom);
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

/**
 * Adaptive instance normalisation (arXiv 1703.06868, equation 8) blended with the unchanged features:
 * `alpha * ((x - mean) / std * style.std + style.mean) + (1 - alpha) * x`.
 *
 * @param alpha 0 to 1; a number, a scalar, or one value per picture `[B, 1, 1, 1]`.
 * @param options `content`: the statistics of `x`, measured here unless given (tiles of one large picture share them);
 *   `limit`: the largest factor by which deviations are raised, so that a flat picture's noise stays noise.
 */
export function adain(
  x: tf.Tensor4D,
  style: Moments,
  alpha: tf.Tensor | number = 1,
  { content = moments(x), limit }: { readonly content?: Moments; readonly limit?: number } = {},
): tf.Tensor4D {
  const raised = tf.div(style.std, content.std);
  const ratio = limit === undefined ? raised : tf.minimum(raised, limit);
  const offset = tf.sub(style.mean, tf.mul(content.mean, ratio));
  if (alpha === 1) return tf.add(tf.mul(x, ratio), offset);
  // One multiplication and one addition per value, whatever alpha is: the blend happens on the statistics.
  return tf.add(tf.mul(x, tf.add(tf.mul(tf.sub(ratio, 1), alpha), 1)), tf.mul(offset, alpha));
}
