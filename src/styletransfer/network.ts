import type * as tf from '@tensorflow/tfjs-core';
import type { Moments } from './adain.js';
import type { LayerVisitor, ParameterOf } from './stylizer.js';

/** Picture to picture, same sides, with `visit` at each normalised layer. */
export type Forward = (parameter: ParameterOf, image: tf.Tensor4D, visit: LayerVisitor) => tf.Tensor4D;

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
  /** `adain`'s limit. */
  readonly limit?: number;
  /** Pixels of reflected border that `forward` adds and takes off; `framed` expects and keeps it. */
  readonly frame: number;
  readonly framed: Forward;
  /** How far in pixels a result depends on the picture. */
  readonly reach: number;
}
