import * as tf from '@tensorflow/tfjs-core';
import { adain, type Moments, moments } from '../../styletransfer/network/adain.js';

/** Weights of the parts of the stylizer's loss. */
export interface LossWeights {
  /** Of the two deepest layers, the deepest last. */
  readonly content: readonly number[];
  readonly style: number;
  /** Of each style layer, shallow to deep. */
  readonly styleLayers: readonly number[];
  /** Correlations of channels in all but the deepest layer: colours and texture that channel by channel do not show. */
  readonly gram: number;
  /** Means and correlations of the colours themselves, brightness apart: grey styles leave no colour. */
  readonly colour: number;
  /** Of the picture that comes out when nothing is swapped: it should be the one that went in. */
  readonly identity: number;
  readonly variation: number;
  /** Of values below 0 or above 1. */
  readonly range: number;
  /** Of what repeats every 8 pixels in step with the network's strides. */
  readonly grid: number;
}

export const defaultWeights: LossWeights = {
  content: [0.9, 2.4],
  style: 8,
  styleLayers: [1, 1, 1, 1],
  gram: 3,
  colour: 5,
  identity: 15,
  variation: 0.5,
  range: 10,
  grid: 200,
};

/** Added to a distance that another is divided by, so that pairs that are alike already do not count without bound. */
const FLOOR = 0.25;
/** The same for colours, which are few numbers: what is left of a faint tint is to be seen. */
const COLOUR_FLOOR = 0.01;
/** Which of the style layers also compare correlations: the first holds the colours, the next two texture. */
const GRAM_LAYERS = [0, 1, 2] as const;
/** How many of the deepest layers compare content. */
const CONTENT_LAYERS = 2;

const perPicture = (x: tf.Tensor): tf.Tensor1D => tf.mean(tf.reshape(x, [x.shape[0]!, -1]), 1) as tf.Tensor1D;
const distance = (a: tf.Tensor, b: tf.Tensor): tf.Tensor1D => perPicture(tf.squaredDifference(a, b));

/** Mean squared distance of means plus that of deviations (arXiv 1703.06868, equation 13, squared), per picture. */
export function momentsDistance(a: Moments, b: Moments): tf.Tensor1D {
  return tf.add(distance(a.mean, b.mean), distance(a.std, b.std));
}

/** `alpha * style + (1 - alpha) * content`, per picture. */
export function blendMoments(content: Moments, style: Moments, alpha: tf.Tensor | 1): Moments {
  if (alpha === 1) return style;
  const blend = (a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D => tf.add(a, tf.mul(tf.sub(b, a), alpha));
  return { mean: blend(content.mean, style.mean), std: blend(content.std, style.std) };
}

/** Correlations of the channels `[B, C, C]` of features `[B, H, W, C]`, averaged over positions. */
export function gram(features: tf.Tensor4D): tf.Tensor3D {
  const [batch, height, width, channels] = features.shape;
  const rows = tf.reshape(features, [batch, height * width, channels]);
  return tf.mul(tf.matMul(rows, rows, true, false), 1 / (height * width)) as tf.Tensor3D;
}

/** Brightness and two differences of colours, scaled to deviations of about 1. */
const OPPONENT = [
  [0.9, 8, 4],
  [1.8, -8, 4],
  [0.3, 0, -8],
];

/** Mean `[B, 3]` and covariance `[B, 3, 3]` of brightness and colour differences of a picture, details left out. */
export function colourStatistics(image: tf.Tensor4D): { mean: tf.Tensor; covariance: tf.Tensor } {
  const coarse = tf.avgPool(image, 4, 4, 'valid');
  const [batch, height, width] = coarse.shape;
  const pixels = tf.reshape(coarse, [batch * height * width, 3]) as tf.Tensor2D;
  const turned = tf.reshape(tf.matMul(pixels, tf.tensor2d(OPPONENT)), [
    batch,
    height * width,
    3,
  ]) as tf.Tensor3D;
  const mean = tf.mean(turned, 1, true);
  const centred = tf.sub(turned, mean);
  return { mean, covariance: tf.mul(tf.matMul(centred, centred, true, false), 1 / (height * width)) };
}

/** Mean squared step between neighbouring pixels. */
export function variationLoss(image: tf.Tensor4D): tf.Scalar {
  const [batch, height, width, channels] = image.shape;
  const part = (y: number, x: number, rows: number, columns: number): tf.Tensor4D =>
    tf.slice(image, [0, y, x, 0], [batch, rows, columns, channels]);
  const rows = tf.squaredDifference(part(1, 0, height - 1, width), part(0, 0, height - 1, width));
  const columns = tf.squaredDifference(part(0, 1, height, width - 1), part(0, 0, height, width - 1));
  return tf.add(tf.mean(rows), tf.mean(columns));
}

/** Mean square of what lies outside 0..1. */
export function rangeLoss(image: tf.Tensor4D): tf.Scalar {
  return tf.mean(tf.add(tf.square(tf.relu(tf.neg(image))), tf.square(tf.relu(tf.sub(image, 1)))));
}

/** Pixels after which a pattern of the network's own repeats: one position at its coarsest. */
const PERIOD = 8;

/**
 * Variance of the picture that remains when all blocks of 8×8 pixels are averaged, whole blocks only: nearly nothing
 * in a picture of anything, much in one under a lattice that keeps step with the network.
 */
export function gridLoss(image: tf.Tensor4D): tf.Scalar {
  const [batch, height, width, channels] = image.shape;
  const [rows, columns] = [Math.floor(height / PERIOD), Math.floor(width / PERIOD)];
  const whole = tf.slice(image, [0, 0, 0, 0], [batch, rows * PERIOD, columns * PERIOD, channels]);
  const down = tf.mean(tf.reshape(whole, [batch, rows, PERIOD, columns * PERIOD, channels]), 1);
  const block = tf.mean(tf.reshape(down, [batch, PERIOD, columns, PERIOD, channels]), 2);
  return tf.mean(tf.square(tf.sub(block, tf.mean(block, [1, 2], true))));
}

/** The parts of a loss, and their weighted sum. */
export interface Losses {
  readonly total: tf.Scalar;
  readonly content: tf.Scalar;
  readonly style: tf.Scalar;
  readonly gram: tf.Scalar;
  readonly identity: tf.Scalar;
}

/** What the losses compare with, computed once per batch without gradients. */
export interface LossTargets {
  /** The two deepest features of the content with the style's statistics, and their spread per picture `[B]`. */
  readonly content: readonly { wanted: tf.Tensor4D; spread: tf.Tensor1D }[];
  /** Per style layer: wanted statistics, and how far the untouched content is from the style `[B]`. */
  readonly moments: readonly { wanted: Moments; untouched: tf.Tensor1D }[];
  readonly colour: { wanted: ReturnType<typeof colourStatistics>; untouched: tf.Tensor1D };
  /** The same for correlations, in the shallower layers. */
  readonly grams: readonly { wanted: tf.Tensor3D; untouched: tf.Tensor1D }[];
}

function colourDistance(
  a: ReturnType<typeof colourStatistics>,
  b: ReturnType<typeof colourStatistics>,
): tf.Tensor1D {
  return tf.add(distance(a.mean, b.mean), distance(a.covariance, b.covariance));
}

/** Targets for results between content (`alpha` 0) and style (1), from the features of both. */
export function lossTargets(
  images: { readonly content: tf.Tensor4D; readonly style: tf.Tensor4D },
  content: readonly tf.Tensor4D[],
  style: readonly tf.Tensor4D[],
  alpha: tf.Tensor | 1,
): LossTargets {
  const compared = content.map((features, layer) => {
    const own = moments(features);
    const other = moments(style[layer]!);
    return { wanted: blendMoments(own, other, alpha), untouched: momentsDistance(own, other) };
  });
  const flat = alpha === 1 ? alpha : tf.reshape(alpha, [-1, 1, 1]);
  const mix = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
    flat === 1 ? b : tf.add(a, tf.mul(tf.sub(b, a), flat));
  const grams = GRAM_LAYERS.map((layer) => {
    const own = gram(content[layer]!);
    const other = gram(style[layer]!);
    const wanted = mix(own, other) as tf.Tensor3D;
    return { wanted, untouched: distance(own, other) };
  });
  const deepest = compared.slice(-CONTENT_LAYERS).map(({ wanted }, index) => ({
    wanted: adain(content.at(index - CONTENT_LAYERS)!, wanted),
    spread: perPicture(tf.square(wanted.std)),
  }));
  const [own, other] = [colourStatistics(images.content), colourStatistics(images.style)];
  const wanted = { mean: mix(own.mean, other.mean), covariance: mix(own.covariance, other.covariance) };
  const colour = { wanted, untouched: colourDistance(own, other) };
  return { content: deepest, moments: compared, colour, grams };
}

/** Mean over pictures of a distance as a share of another. */
const share = (value: tf.Tensor1D, of: tf.Tensor1D, floor = FLOOR): tf.Scalar =>
  tf.mean(tf.div(value, tf.add(of, floor)));

/**
 * All losses of a result, given its features and itself. Distances count relative to what they are for the untouched
 * content, so that a pair with strong contrasts does not outweigh the rest of its batch.
 */
export function stylizerLosses(
  image: tf.Tensor4D,
  features: readonly tf.Tensor4D[],
  identity: tf.Scalar,
  targets: LossTargets,
  weights: LossWeights,
): Losses {
  const content = targets.content
    .map(({ wanted, spread }, index) =>
      tf.mul(share(distance(features.at(index - CONTENT_LAYERS)!, wanted), spread), weights.content[index]!),
    )
    .reduce((sum, part) => tf.add(sum, part)) as tf.Scalar;
  const style = targets.moments
    .map(({ wanted, untouched }, layer) =>
      tf.mul(
        share(momentsDistance(moments(features[layer]!), wanted), untouched),
        weights.styleLayers[layer]!,
      ),
    )
    .reduce((sum, part) => tf.add(sum, part)) as tf.Scalar;
  const correlation = targets.grams
    .map(({ wanted, untouched }, index) =>
      share(distance(gram(features[GRAM_LAYERS[index]!]!), wanted), untouched),
    )
    .reduce((sum, part) => tf.add(sum, part));
  const { wanted: colours, untouched } = targets.colour;
  const colour = share(colourDistance(colourStatistics(image), colours), untouched, COLOUR_FLOOR);
  const total = [
    content,
    tf.mul(colour, weights.colour),
    tf.mul(identity, weights.identity),
    tf.mul(style, weights.style),
    tf.mul(correlation, weights.gram),
    tf.mul(variationLoss(image), weights.variation),
    tf.mul(rangeLoss(image), weights.range),
    tf.mul(gridLoss(image), weights.grid),
  ].reduce((sum, part) => tf.add(sum, part)) as tf.Scalar;
  return { total, content, style, gram: correlation, identity };
}
