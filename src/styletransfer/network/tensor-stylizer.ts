import * as tf from '@tensorflow/tfjs-core';
import type { Moments } from './adain.js';
import type { StyleNetwork } from './network.js';
import { packStatistics, unpackStatistics } from './pack.js';
import type { ParameterOf } from './parameters.js';
import { scaledNoise } from './stylizer-noise.js';
import { swapLayer } from './swap.js';

/**
 * A style network as plain tensor functions: they run at once, inside `tf.tidy`, or become part of a compiled step.
 * No gradient flows to its weights. Pictures are `[B, H, W, 3]` in 0..1 with sides of 16 at least.
 */
export interface TensorStylizer {
  /** `embedded` or `vgg`, with the start of its weights' SHA-256. */
  readonly name: string;
  /** Channels of each layer whose statistics are swapped. */
  readonly channels: readonly number[];
  readonly parameter: ParameterOf;
  /** Statistics of each picture, `[B, S]`: means and deviations layer by layer. */
  encode(images: tf.Tensor4D): tf.Tensor2D;
  /**
   * Pictures painted with the statistics `[B, S]` of a style each; the result has the content's shape and is not
   * clipped. `alpha` from 0 (content) to 1 (style): a scalar, or one for each picture `[B, 1, 1, 1]`.
   */
  paint(content: tf.Tensor4D, styles: tf.Tensor2D, alpha: tf.Tensor | number): tf.Tensor4D;
  /** Frees the weights. */
  dispose(): void;
}

/** Reflects rows and columns at the bottom and the right until both sides are multiples. */
function padded(x: tf.Tensor4D, multiple: number): tf.Tensor4D {
  const [, height, width] = x.shape;
  const more = (side: number): number => (multiple - (side % multiple)) % multiple;
  if (more(height) + more(width) === 0) return x;
  return tf.mirrorPad(
    x,
    [
      [0, 0],
      [0, more(height)],
      [0, more(width)],
      [0, 0],
    ],
    'reflect',
  );
}

/**
 * Pictures painted with the statistics `wanted`, one or `B` rows each; sides are rounded up to the network's multiple.
 * `own` gives the statistics of the content's features at each layer, which are measured picture by picture without it.
 */
export function paintAs(
  network: StyleNetwork,
  parameter: ParameterOf,
  content: tf.Tensor4D,
  wanted: readonly Moments[],
  alpha: tf.Tensor | number,
  own?: (features: tf.Tensor4D, layer: number) => Moments,
): tf.Tensor4D {
  const { recolours = false, floor = 0, multiple } = network;
  const strength = typeof alpha !== 'number' ? alpha : alpha === 1 ? 1 : tf.scalar(alpha);
  const noise = network.noise?.whole(parameter);
  const swap = (x: tf.Tensor4D, layer: number): tf.Tensor4D =>
    swapLayer(x, layer, wanted, strength, { recolours, floor, own });
  return network.forward(
    parameter,
    padded(recolours ? swap(content, 0) : content, multiple),
    (x, index) => swap(x, index + Number(recolours)),
    noise && strength !== 1 ? scaledNoise(noise, strength) : noise,
  );
}

/** Puts a network's weights on the device. */
export function tensorStylizer(network: StyleNetwork): TensorStylizer {
  const { name, channels, multiple } = network;
  const variables = new Map<string, tf.Variable>();
  for (const [key, values] of network.values) {
    const shape = [...network.shapes.get(key)!];
    variables.set(
      key,
      tf.tidy(() => tf.variable(tf.tensor(values, shape), false)),
    );
  }
  const parameter: ParameterOf = (key) => variables.get(key)!;
  return {
    name,
    channels,
    parameter,
    encode: (images) => packStatistics(network.encode(parameter, padded(images, multiple))),
    paint(content, styles, alpha) {
      const painted = paintAs(network, parameter, content, unpackStatistics(channels, styles), alpha);
      return painted.shape.every((extent, axis) => extent === content.shape[axis])
        ? painted
        : tf.slice(painted, [0, 0, 0, 0], content.shape);
    },
    dispose: () => tf.dispose([...variables.values()]),
  };
}
