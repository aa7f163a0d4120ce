import * as tf from '@tensorflow/tfjs-core';
import { reflectPad, relu } from '../../engine/ops.js';
import { type Moments, moments } from './adain.js';
import { colourMoments } from './colour.js';
import type { LayerVisitor } from './network.js';
import type { ParameterOf } from './parameters.js';
import { noisyLayers, normalisedLayers, type StylizerConfig, type StylizerForm } from './stylizer-config.js';
import { correctStatistics } from './stylizer-head.js';
import { type NoiseField, scaledNoise, tiledNoise } from './stylizer-noise.js';
import { swapLayer } from './swap.js';

/** Added to the variance that a swap divides by, so that a flat picture's rounding errors are not raised to a texture. */
export const STYLIZER_FLOOR = 5e-3;

/** Sides must be a multiple of this. */
export const STYLIZER_MULTIPLE = 8;

function convolve(parameter: ParameterOf, name: string, x: tf.Tensor4D, stride = 1): tf.Tensor4D {
  const kernel = parameter(`${name}.weight`) as tf.Tensor4D;
  return tf.add(tf.conv2d(x, kernel, stride, 'same'), parameter(`${name}.bias`));
}

/** `[B, H, W, 4C]` to `[B, 2H, 2W, C]`, with the gradient that tfjs lacks. */
function subpixels(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const colours = channels / 4;
  const apply = tf.customGrad((input) => ({
    value: tf.depthToSpace(input as tf.Tensor4D, 2, 'NHWC'),
    gradFunc: (dy: tf.Tensor) =>
      tf.reshape(tf.transpose(tf.reshape(dy, [batch, height, 2, width, 2, colours]), [0, 1, 3, 2, 4, 5]), [
        batch,
        height,
        width,
        channels,
      ]),
  }));
  return apply(x) as tf.Tensor4D;
}

/**
 * The network from a picture `[B, H, W, 3]` in 0..1 (sides multiples of 8) to a picture, not clipped: strided
 * convolutions to an eighth of the side, residual blocks, and two steps up, each joined with the features of the way
 * down so that edges stay sharp. `visit` swaps or records statistics of each normalised layer and last of all the picture
 * itself, still in its frame; `noise` is what textures are drawn from where the picture is flat.
 */
function paint(
  parameter: ParameterOf,
  config: StylizerForm,
  image: tf.Tensor4D,
  visit: LayerVisitor,
  noise?: NoiseField,
): tf.Tensor4D {
  const { blocks, fine, border } = config;
  const smooth = (x: tf.Tensor4D): tf.Tensor4D => (config.folded ? x : tf.avgPool(x, 2, 1, 'same'));
  const doubled = (name: string, x: tf.Tensor4D): tf.Tensor4D => {
    if (config.folded) return subpixels(convolve(parameter, name, x));
    const [, height, width] = x.shape;
    return smooth(convolve(parameter, name, tf.image.resizeNearestNeighbor(x, [2 * height, 2 * width])));
  };
  const noisy = noisyLayers(config);
  let layer = 0;
  const normalise = (x: tf.Tensor4D): tf.Tensor4D => {
    const source = noisy.get(layer);
    const [, height, width] = x.shape;
    const grain =
      noise &&
      source &&
      tf.conv2d(
        noise(source.scale, height, width),
        parameter(`${source.name}.weight`) as tf.Tensor4D,
        1,
        'same',
      );
    return visit(grain ? tf.add(x, grain) : x, layer++);
  };
  const residual = (name: string, x: tf.Tensor4D, ending: typeof smooth): tf.Tensor4D => {
    const inner = relu(convolve(parameter, `${name}.0`, x));
    return normalise(tf.add(x, ending(convolve(parameter, `${name}.1`, inner))));
  };
  const framed = border > 0 ? reflectPad(image, border) : image;
  const stem = relu(convolve(parameter, 'stem', framed, 2));
  const quarter = relu(normalise(convolve(parameter, 'down.0', stem, 2)));
  let x = relu(normalise(convolve(parameter, 'down.1', quarter, 2)));
  for (let block = 0; block < blocks; block++) x = residual(`blocks.${block}`, x, (inner) => inner);
  const up = convolve(parameter, 'up.1', relu(doubled('up.0', x)));
  let y = relu(normalise(tf.add(up, convolve(parameter, 'skip.0', quarter))));
  for (let block = 0; block < fine; block++) y = residual(`fine.${block}`, y, smooth);
  const half = relu(normalise(tf.add(doubled('up.2', y), convolve(parameter, 'skip.1', stem))));
  // What is brighter than white has no share in the colours that are seen.
  const seen = tf.clipByValue(smooth(subpixels(convolve(parameter, 'out', half))), 0, 1) as tf.Tensor4D;
  const whole = visit(seen, layer);
  if (border === 0) return whole;
  const [batch, height, width, channels] = whole.shape;
  return tf.slice(whole, [0, border, border, 0], [batch, height - 2 * border, width - 2 * border, channels]);
}

/** The same sizes with a border that the picture has enough pixels to reflect: sides may be as short as 16. */
function fitted(config: StylizerForm, { shape }: tf.Tensor4D): StylizerForm {
  const most = Math.min(shape[1], shape[2]) - 1;
  return { ...config, border: Math.min(config.border, most - (most % STYLIZER_MULTIPLE)) };
}

/** From a picture to a picture, with `visit` at each normalised layer and at its end, and `noise` where one is painted. */
export function stylizerForward(
  parameter: ParameterOf,
  config: StylizerForm,
  image: tf.Tensor4D,
  visit: LayerVisitor,
  noise?: NoiseField,
): tf.Tensor4D {
  return paint(parameter, fitted(config, image), image, visit, noise);
}

/** A style as the network sees it: what to put into a content picture, and the style as it comes out again. */
export interface EncodedStyle {
  /** Of its colours, for every normalised layer, and of its colours again. */
  readonly statistics: Moments[];
  /** The picture that comes out when nothing is swapped. */
  readonly copy: tf.Tensor4D;
}

/** Encodes a style: the statistics of its own features, nothing swapped, no noise, as the head corrects them. */
export function readStyle(parameter: ParameterOf, config: StylizerForm, style: tf.Tensor4D): EncodedStyle {
  const colours = colourMoments(style);
  const layers: Moments[] = [colours];
  const count = normalisedLayers(config).length;
  const copy = stylizerForward(parameter, config, style, (x, layer) => {
    if (layer < count) layers.push(moments(x));
    return x;
  });
  return { statistics: [...correctStatistics(parameter, config, layers), colours], copy };
}

/** The statistics of `readStyle`. */
export const encodeStyle = (parameter: ParameterOf, config: StylizerForm, style: tf.Tensor4D): Moments[] =>
  readStyle(parameter, config, style).statistics;

/** A content picture painted with a style's statistics; `alpha` as in `adain`. */
export function stylize(
  parameter: ParameterOf,
  config: StylizerForm,
  content: tf.Tensor4D,
  style: readonly Moments[],
  alpha: tf.Tensor | 1 = 1,
): tf.Tensor4D {
  const noise = tiledNoise(parameter);
  const swap = (x: tf.Tensor4D, layer: number): tf.Tensor4D =>
    swapLayer(x, layer, style, alpha, { recolours: true, floor: STYLIZER_FLOOR });
  return stylizerForward(
    parameter,
    config,
    swap(content, 0),
    (x, index) => swap(x, index + 1),
    alpha === 1 ? noise : scaledNoise(noise, alpha),
  );
}

/** How far in pixels a result depends on the picture: strided stem, deep blocks, way up, fine blocks, head. */
export function stylizerReach({ blocks, fine }: StylizerConfig): number {
  return 15 + 16 * blocks + 20 + 12 * fine + 12;
}
