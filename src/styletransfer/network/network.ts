import type * as tf from '@tensorflow/tfjs-core';
import type { Moments } from './adain.js';
import type { ParameterOf } from './parameters.js';
import type { NoiseField } from './stylizer-noise.js';

/**
 * Called at each normalised layer, in order, with its features; what it returns goes on. A network that recolours also
 * calls it at its end, with the picture.
 */
export type LayerVisitor = (x: tf.Tensor4D, layer: number) => tf.Tensor4D;

/** Picture to picture, same sides, with `visit` at each normalised layer, and noise if the network takes any. */
export type Forward = (
  parameter: ParameterOf,
  image: tf.Tensor4D,
  visit: LayerVisitor,
  noise?: NoiseField,
) => tf.Tensor4D;

/** The noise that a network paints with: under a whole picture, and under a part of it. */
export interface NetworkNoise {
  /** Pixels per position, of each kind of layer that takes noise. */
  readonly scales: readonly number[];
  whole(parameter: ParameterOf): NoiseField;
  /** `[1, height, width, channels]` from so many pixels of the framed picture on; `height` and `width` in positions. */
  window(scale: number, top: number, left: number, height: number, width: number): tf.Tensor4D;
}

/** A style network as plain functions of its parameters. */
export interface StyleNetwork {
  readonly name: string;
  /** Sides must be a multiple of this. */
  readonly multiple: number;
  readonly precision: 'fp32' | 'bf16';
  /** Channels of each layer whose statistics are swapped. */
  readonly channels: readonly number[];
  /** Pixels per position of each of those layers. */
  readonly scales: readonly number[];
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly values: ReadonlyMap<string, Float32Array>;
  encode(parameter: ParameterOf, image: tf.Tensor4D): Moments[];
  readonly forward: Forward;
  /** `adain`'s floor, 0 unless told. */
  readonly floor?: number;
  /** Whether pictures get the style's colours (`recolour`) before and after all: the first and last layer's statistics. */
  readonly recolours?: boolean;
  readonly noise?: NetworkNoise;
  /** Pixels of reflected border that `forward` adds and takes off; `framed` expects and keeps it. */
  readonly frame: number;
  readonly framed: Forward;
  /** How far in pixels a result depends on the picture. */
  readonly reach: number;
}
