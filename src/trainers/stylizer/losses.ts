import * as tf from '@tensorflow/tfjs-core';
import { adain, type Moments, moments } from '../../styletransfer/network/adain.js';
import { type ColourStatistics, colourDistance, colourStatistics } from './colour-loss.js';
import { gridLoss, rangeLoss, variationLoss, variogram } from './picture-losses.js';

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
  /** Of brightness a few pixels apart: what grain is as fine as the style's, and what mesh it does not have. */
  readonly grain: number;
}

export const defaultWeights: LossWeights = {
  content: [0.7, 3.6],
  style: 16,
  styleLayers: [0.8, 1.1, 1.7, 1.8],
  gram: 5,
  colour: 5,
  identity: 15,
  variation: 0.5,
  range: 10,
  grid: 200,
  grain: 2.5,
};

/** Added to a distance that another is divided by, so that pairs that are alike already do not count without bound. */
const FLOOR = 0.75;
/** The same for content, as a share of its features' spread. */
const CONTENT_FLOOR = 0.25;
/** The same for colours, which are few numbers: what is left of a faint tint is to be seen. */
const COLOUR_FLOOR = 0.01;
/** For grain, of which brightness varies by a few hundredths, and the share of the style's own that counts like it. */
const GRAIN_FLOOR = 1e-5;
const GRAIN_SHARE = 0.2;
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

/** `alpha * style + (1 - alpha) * content`, per picture, of tensors whose first axis is the batch. */
function blend<T extends tf.Tensor>(content: T, style: T, alpha: tf.Tensor | 1): T {
  if (alpha === 1) return style;
  const share = tf.reshape(alpha, [-1, ...content.shape.slice(1).map(() => 1)]);
  return tf.add(content, tf.mul(tf.sub(style, content), share));
}

/** The same of statistics. */
export const blendMoments = (content: Moments, style: Moments, alpha: tf.Tensor | 1): Moments => ({
  mean: blend(content.mean, style.mean, alpha),
  std: blend(content.std, style.std, alpha),
});

/** Correlations of the channels `[B, C, C]` of features `[B, H, W, C]`, averaged over positions. */
export function gram(features: tf.Tensor4D): tf.Tensor3D {
  const [batch, height, width, channels] = features.shape;
  const rows = tf.reshape(features, [batch, height * width, channels]);
  return tf.mul(tf.matMul(rows, rows, true, false), 1 / (height * width)) as tf.Tensor3D;
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
  readonly colour: { wanted: ColourStatistics; untouched: tf.Tensor1D };
  /** As `variogram` measures it; what counts as untouched includes a share of the style's own. */
  readonly grain: { wanted: tf.Tensor2D; untouched: tf.Tensor1D };
  /** The same for correlations, in the shallower layers. */
  readonly grams: readonly { wanted: tf.Tensor3D; untouched: tf.Tensor1D }[];
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
  const grams = GRAM_LAYERS.map((layer) => {
    const own = gram(content[layer]!);
    const other = gram(style[layer]!);
    return { wanted: blend(own, other, alpha), untouched: distance(own, other) };
  });
  const deepest = compared.slice(-CONTENT_LAYERS).map(({ wanted }, index) => ({
    wanted: adain(content.at(index - CONTENT_LAYERS)!, wanted),
    spread: perPicture(tf.square(wanted.std)),
  }));
  const [colours, otherColours] = [colourStatistics(images.content), colourStatistics(images.style)];
  const colour = {
    wanted: colours.map((part, index) => blend(part, otherColours[index]!, alpha)),
    untouched: colourDistance(colours, otherColours),
  };
  const [grains, otherGrains] = [variogram(images.content), variogram(images.style)];
  const grain = {
    wanted: blend(grains, otherGrains, alpha),
    untouched: tf.add(
      distance(grains, otherGrains),
      tf.mul(perPicture(tf.square(otherGrains)), GRAIN_SHARE),
    ) as tf.Tensor1D,
  };
  return { content: deepest, moments: compared, colour, grain, grams };
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
      tf.mul(
        share(distance(features.at(index - CONTENT_LAYERS)!, wanted), spread, CONTENT_FLOOR),
        weights.content[index]!,
      ),
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
  const grain = share(distance(variogram(image), targets.grain.wanted), targets.grain.untouched, GRAIN_FLOOR);
  const total = [
    content,
    tf.mul(grain, weights.grain),
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
