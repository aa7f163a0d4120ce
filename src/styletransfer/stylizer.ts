import * as tf from '@tensorflow/tfjs-core';
import { reflectPad, relu } from '../engine/ops.js';
import { adain, type Moments, moments } from './adain.js';
import type { StylizerConfig } from './stylizer-config.js';

/** Gives the parameter of that name; throws if there is none. */
export type ParameterOf = (name: string) => tf.Tensor;

/** Called at each normalised layer, in order, with its features; what it returns goes on. */
export type LayerVisitor = (x: tf.Tensor4D, layer: number) => tf.Tensor4D;

/** Deviations are raised to ten times their size at most (see `adain`). */
export const STYLIZER_LIMIT = 10;

/** Sides must be a multiple of this. */
export const STYLIZER_MULTIPLE = 8;

function convolve(parameter: ParameterOf, name: string, x: tf.Tensor4D, stride = 1): tf.Tensor4D {
  const kernel = parameter(`${name}.weight`) as tf.Tensor4D;
  return tf.add(tf.conv2d(x, kernel, stride, 'same'), parameter(`${name}.bias`));
}

function double(x: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = x.shape;
  return tf.image.resizeNearestNeighbor(x, [2 * height, 2 * width]);
}

/**
 * Each position averaged with its right and lower neighbours: whatever alternates from one to the next is gone, as
 * is the lattice that a convolution can draw after doubling or by sub-pixels. The convolutions learn to sharpen and
 * shift accordingly.
 */
function smooth(x: tf.Tensor4D): tf.Tensor4D {
  return tf.avgPool(x, 2, 1, 'same');
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
 * The network from a picture `[B, H, W, 3]` in 0..1 (sides multiples of 8) to the features at half its side before
 * the last convolution: strided convolutions to an eighth of the side, residual blocks, and two steps up, each joined
 * with the features of the way down so that edges stay sharp. `visit` swaps or records statistics.
 */
export function stylizerTrunk(
  parameter: ParameterOf,
  { blocks, fine, border }: StylizerConfig,
  image: tf.Tensor4D,
  visit: LayerVisitor,
): tf.Tensor4D {
  let layer = 0;
  const normalise = (x: tf.Tensor4D): tf.Tensor4D => visit(x, layer++);
  const framed = border > 0 ? reflectPad(image, border) : image;
  const stem = relu(convolve(parameter, 'stem', framed, 2));
  const quarter = relu(normalise(convolve(parameter, 'down.0', stem, 2)));
  const residual = (name: string, x: tf.Tensor4D): tf.Tensor4D => {
    const inner = relu(convolve(parameter, `${name}.0`, x));
    return normalise(tf.add(x, convolve(parameter, `${name}.1`, inner)));
  };
  let x = relu(normalise(convolve(parameter, 'down.1', quarter, 2)));
  for (let block = 0; block < blocks; block++) x = residual(`blocks.${block}`, x);
  const up = convolve(parameter, 'up.1', relu(smooth(convolve(parameter, 'up.0', double(x)))));
  let y = relu(normalise(tf.add(up, convolve(parameter, 'skip.0', quarter))));
  for (let block = 0; block < fine; block++) y = residual(`fine.${block}`, y);
  const half: tf.Tensor4D = tf.add(
    smooth(convolve(parameter, 'up.2', double(y))),
    convolve(parameter, 'skip.1', stem),
  );
  return relu(normalise(half));
}

/** The rest of the network: features of `stylizerTrunk` to a picture, not clipped. */
export function stylizerHead(
  parameter: ParameterOf,
  { border }: StylizerConfig,
  features: tf.Tensor4D,
): tf.Tensor4D {
  const framed = smooth(subpixels(convolve(parameter, 'out', features)));
  if (border === 0) return framed;
  const [batch, height, width, channels] = framed.shape;
  return tf.slice(framed, [0, border, border, 0], [batch, height - 2 * border, width - 2 * border, channels]);
}

/** The same sizes with a border that the picture has enough pixels to reflect: sides may be as short as 16. */
function fitted(config: StylizerConfig, { shape }: tf.Tensor4D): StylizerConfig {
  const most = Math.min(shape[1], shape[2]) - 1;
  return { ...config, border: Math.min(config.border, most - (most % STYLIZER_MULTIPLE)) };
}

/** The statistics of a style at every normalised layer: its own features, nothing swapped. */
export function encodeStyle(parameter: ParameterOf, config: StylizerConfig, style: tf.Tensor4D): Moments[] {
  const layers: Moments[] = [];
  stylizerTrunk(parameter, fitted(config, style), style, (x) => {
    layers.push(moments(x));
    return x;
  });
  return layers;
}

/** From a picture to a picture, with `visit` at each normalised layer. */
export function stylizerForward(
  parameter: ParameterOf,
  config: StylizerConfig,
  image: tf.Tensor4D,
  visit: LayerVisitor,
): tf.Tensor4D {
  const sizes = fitted(config, image);
  return stylizerHead(parameter, sizes, stylizerTrunk(parameter, sizes, image, visit));
}

/** A content picture painted with a style's statistics; `alpha` as in `adain`. */
export function stylize(
  parameter: ParameterOf,
  config: StylizerConfig,
  content: tf.Tensor4D,
  style: readonly Moments[],
  alpha: tf.Tensor | number = 1,
): tf.Tensor4D {
  return stylizerForward(parameter, config, content, (x, layer) =>
    adain(x, style[layer]!, alpha, { limit: STYLIZER_LIMIT }),
  );
}

/** How far in pixels a result depends on the picture: strided stem, deep blocks, way up, fine blocks, head. */
export function stylizerReach({ blocks, fine }: StylizerConfig): number {
  return 15 + 16 * blocks + 20 + 8 * fine + 12;
}
