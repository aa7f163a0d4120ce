import * as tf from '@tensorflow/tfjs-core';
import { moments } from '../../styletransfer/network/adain.js';
import { momentsDistance } from './losses.js';
import type { PerceptualNetwork } from './perceptual.js';

/** Figures of one painted pair. */
export interface PairFigures {
  /** Distance of the result's channel statistics from the style's: the style loss. */
  readonly style: number;
  /** The same for the untouched content. */
  readonly untouched: number;
  /** Squared distance of the deepest features, normalised per channel, from the content's; about 2 for unrelated ones. */
  readonly content: number;
  /** Correlation of edge strength (Sobel, of brightness) between content and result. */
  readonly edges: number;
}

/** Brightness gradients' lengths `[B, H - 2, W - 2, 1]`. */
function edgeStrength(image: tf.Tensor4D): tf.Tensor4D {
  const grey = tf.sum(tf.mul(image, tf.tensor1d([0.299, 0.587, 0.114])), 3, true) as tf.Tensor4D;
  const sobel = tf.tensor2d([-1, 0, 1, -2, 0, 2, -1, 0, 1], [3, 3]);
  const along = (kernel: tf.Tensor2D): tf.Tensor4D =>
    tf.conv2d(grey, tf.reshape(kernel, [3, 3, 1, 1]) as tf.Tensor4D, 1, 'valid');
  return tf.sqrt(tf.add(tf.square(along(sobel)), tf.square(along(tf.transpose(sobel)))));
}

const rows = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [x.shape[0]!, -1]);

/** Pearson's correlation, picture by picture. */
function correlation(a: tf.Tensor, b: tf.Tensor): tf.Tensor1D {
  const centred = (x: tf.Tensor): tf.Tensor => tf.sub(rows(x), tf.mean(rows(x), 1, true));
  const [x, y] = [centred(a), centred(b)];
  const lengths = tf.sqrt(tf.mul(tf.sum(tf.square(x), 1), tf.sum(tf.square(y), 1)));
  return tf.div(tf.sum(tf.mul(x, y), 1), tf.add(lengths, 1e-8));
}

/** Features with mean 0 and deviation 1 in each channel: what is where, whatever the colours and contrasts. */
function normalised(features: tf.Tensor4D): tf.Tensor {
  const { mean, std } = moments(features);
  return tf.div(tf.sub(features, mean), std);
}

/**
 * Figures for each row of `content` painted as `painted` in the style of the same row of `style`, all
 * `[B, H, W, 3]` in 0..1. Each perceptual layer is scaled by `scales`, as in training.
 */
export function pairFigures(
  perceptual: PerceptualNetwork,
  scales: readonly number[],
  content: tf.Tensor4D,
  style: tf.Tensor4D,
  painted: tf.Tensor4D,
): PairFigures[] {
  const measured = tf.tidy(() => {
    const image = tf.clipByValue(painted, 0, 1);
    const [own, wanted, got] = [content, style, image].map((x) =>
      perceptual.features(x).map((features, layer) => tf.mul(features, scales[layer]!) as tf.Tensor4D),
    ) as [tf.Tensor4D[], tf.Tensor4D[], tf.Tensor4D[]];
    const total = (features: readonly tf.Tensor4D[]): tf.Tensor =>
      tf.addN(features.map((layer, index) => momentsDistance(moments(layer), moments(wanted[index]!))));
    const kept = tf.mean(rows(tf.squaredDifference(normalised(got.at(-1)!), normalised(own.at(-1)!))), 1);
    return tf.stack(
      [total(got), total(own), kept, correlation(edgeStrength(content), edgeStrength(image))],
      1,
    );
  });
  const values = measured.arraySync() as number[][];
  measured.dispose();
  return values.map(([reached, untouched, kept, edges]) => ({
    style: reached!,
    untouched: untouched!,
    content: kept!,
    edges: edges!,
  }));
}
