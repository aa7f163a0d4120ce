import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../../core/rng.js';
import type { ParameterOf } from './parameters.js';

/** The noise that a picture is painted with: `[1 or B, height, width, channels]` at so many pixels per position. */
export type NoiseField = (scale: number, height: number, width: number) => tf.Tensor4D;

/** Channels of the noise that pictures are painted with: two white ones, one twice and one four times as coarse. */
export const NOISE_CHANNELS = 4;
/** Side of the noise's tile in positions; it repeats, with no seam. */
export const NOISE_TILE = 64;
/** Pixels per position of the layers that take noise. */
export const NOISE_SCALES = [8, 4];

/** Averages of `width` positions along both axes, around the edges. */
function blurred(values: Float32Array, width: number): Float32Array {
  const at = (y: number, x: number): number => values[(y % NOISE_TILE) * NOISE_TILE + (x % NOISE_TILE)]!;
  return values.map((_, index) => {
    let sum = 0;
    for (let y = 0; y < width; y++) {
      for (let x = 0; x < width; x++) sum += at((index / NOISE_TILE + y) | 0, (index % NOISE_TILE) + x);
    }
    return sum / width; // a mean of width² independent values has 1 / width of their deviation
  });
}

/** A tile of noise `[NOISE_TILE, NOISE_TILE, NOISE_CHANNELS]` of deviation 1. */
export function drawNoise(rng: Rng): Float32Array {
  const tile = new Float32Array(NOISE_TILE * NOISE_TILE * NOISE_CHANNELS);
  for (const [channel, width] of [1, 1, 2, 4].entries()) {
    const draw = rng.at('channel', channel);
    const white = Float32Array.from({ length: NOISE_TILE * NOISE_TILE }, () => draw.normal(0, 1));
    blurred(white, width).forEach((value, index) => {
      tile[index * NOISE_CHANNELS + channel] = value;
    });
  }
  return tile;
}

/** The network's own noise: its tile repeated from the upper left corner on. */
export function tiledNoise(parameter: ParameterOf): NoiseField {
  return (_, height, width) => {
    const tile = parameter('noise') as tf.Tensor3D;
    const [rows, columns] = [height, width].map((side) => Math.ceil(side / NOISE_TILE)) as [number, number];
    const repeated = rows * columns === 1 ? tile : tf.tile(tile, [rows, columns, 1]);
    return tf.expandDims(tf.slice(repeated, [0, 0, 0], [height, width, tile.shape[2]]), 0) as tf.Tensor4D;
  };
}

/** Noise scaled by `alpha`: with 0 the picture stays as it is. */
export function scaledNoise(noise: NoiseField, alpha: tf.Tensor): NoiseField {
  return (scale, height, width) => tf.mul(noise(scale, height, width), alpha);
}

/** The part of the repeated tile `values` that lies under `height` × `width` positions, from a pixel of the picture on. */
export function noiseWindow(
  values: Float32Array,
  scale: number,
  top: number,
  left: number,
  height: number,
  width: number,
): tf.Tensor4D {
  const window = new Float32Array(height * width * NOISE_CHANNELS);
  for (let y = 0; y < height; y++) {
    const row = ((top / scale + y) % NOISE_TILE) * NOISE_TILE;
    for (let x = 0; x < width; x++) {
      const at = (row + ((left / scale + x) % NOISE_TILE)) * NOISE_CHANNELS;
      window.set(values.subarray(at, at + NOISE_CHANNELS), (y * width + x) * NOISE_CHANNELS);
    }
  }
  return tf.tensor4d(window, [1, height, width, NOISE_CHANNELS]);
}
