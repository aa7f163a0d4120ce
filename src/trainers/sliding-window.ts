import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../core/errors.js';
import type { Raster } from '../core/sample.js';

export interface SlidingWindowOptions {
  /** Extent of a window along z, y, x. */
  readonly window: readonly [number, number, number];
  /** Share of a window that neighbours cover too: 0 to below 1. Default 0.25. */
  readonly overlap?: number;
  /** Weights of a window's voxels where windows overlap: all alike, or less towards the rim. Default 'gaussian'. */
  readonly blend?: 'constant' | 'gaussian';
  /** Standard deviation of 'gaussian' as a share of the window. Default 0.125. */
  readonly sigma?: number;
  /** Windows per call of the network. Default 1. */
  readonly batch?: number;
  readonly signal?: AbortSignal;
}

/** The network: `[batch, z, y, x, channels]` to `[batch, z, y, x, classes]`; it must not dispose its input. */
export type WindowPredictor = (windows: tf.Tensor5D) => tf.Tensor5D | Promise<tf.Tensor5D>;

/** First voxels of windows along one axis: equal steps, the last one moved back to end with the axis. */
export function windowStarts(extent: number, window: number, overlap: number): number[] {
  if (window >= extent) return [0];
  const step = Math.max(Math.trunc(window * (1 - overlap)), 1);
  const count = Math.ceil((extent - window) / step) + 1;
  return Array.from({ length: count }, (_, index) => Math.min(index * step, extent - window));
}

/** Weight of each voxel of a window, C order over z, y, x; a Gaussian is held above 1e-3 as in MONAI. */
export function windowWeights(
  window: readonly [number, number, number],
  blend: 'constant' | 'gaussian',
  sigma: number,
): Float32Array {
  const [nz, ny, nx] = window;
  const weights = new Float32Array(nz * ny * nx).fill(1);
  if (blend === 'constant') return weights;
  const bells = window.map((extent) =>
    Float32Array.from({ length: extent }, (_, i) =>
      Math.exp((i - (extent - 1) / 2) ** 2 / (-2 * (extent * sigma) ** 2)),
    ),
  );
  let at = 0;
  for (const a of bells[0]!) for (const b of bells[1]!) for (const c of bells[2]!) weights[at++] = a * b * c;
  const least = Math.max(
    weights.reduce((low, value) => Math.min(low, value), 1),
    1e-3,
  );
  return weights.map((value) => Math.max(value, least));
}

function checkOptions({ window, overlap = 0.25 }: SlidingWindowOptions, volume: Raster): void {
  if (!window.every((extent) => Number.isInteger(extent) && extent >= 1)) {
    throw new UsageError(
      `Expected a window of at least 1 voxel along each axis but received ${window.join(' x ')}.`,
    );
  }
  if (!(overlap >= 0 && overlap < 1))
    throw new UsageError(`Expected an overlap from 0 to below 1 but received ${overlap}.`);
  if (volume.axes.join('') !== 'zyx') {
    throw new UsageError(`Expected a volume with axes zyx but received ${volume.axes.join('')}.`);
  }
}

/** Copies rows between the volume and a window whose corner may lie outside it; calls `row` with both positions. */
function eachRow(
  size: readonly number[],
  window: readonly number[],
  corner: readonly number[],
  row: (inVolume: number, inWindow: number, length: number) => void,
): void {
  const [nz, ny, nx] = size as [number, number, number];
  const [wz, wy, wx] = window as [number, number, number];
  const [cz, cy, cx] = corner as [number, number, number];
  const from = Math.max(-cx, 0);
  const length = Math.min(wx, nx - cx) - from;
  for (let z = Math.max(-cz, 0); z < Math.min(wz, nz - cz); z++) {
    for (let y = Math.max(-cy, 0); y < Math.min(wy, ny - cy); y++) {
      row(((z + cz) * ny + y + cy) * nx + cx + from, (z * wy + y) * wx + from, length);
    }
  }
}

/**
 * Runs a network over a volume that is larger than it can take at once: overlapping windows, blended where they meet
 * (MONAI's sliding_window_inference). A volume smaller than the window is padded with 0 on both sides.
 *
 * @returns float32 raster on the volume's grid, one channel per class
 */
export async function slidingWindow(
  volume: Raster,
  predict: WindowPredictor,
  options: SlidingWindowOptions,
): Promise<Raster> {
  checkOptions(options, volume);
  const { window, overlap = 0.25, blend = 'gaussian', sigma = 0.125, batch = 1, signal } = options;
  const size = volume.shape.slice(0, 3);
  const channels = volume.shape[3]!;
  const weights = windowWeights(window, blend, sigma);
  const starts = size.map((extent, axis) => {
    const short = window[axis]! - extent;
    return short > 0 ? [-Math.floor(short / 2)] : windowStarts(extent, window[axis]!, overlap);
  });
  const corners = starts[0]!.flatMap((z) => starts[1]!.flatMap((y) => starts[2]!.map((x) => [z, y, x])));
  const voxels = size[0]! * size[1]! * size[2]!;
  const total = new Float32Array(voxels);
  let sums = new Float32Array(0);
  let classes = 0;
  for (let first = 0; first < corners.length; first += batch) {
    signal?.throwIfAborted();
    const group = corners.slice(first, first + batch);
    const input = new Float32Array(group.length * weights.length * channels);
    for (const [index, corner] of group.entries()) {
      eachRow(size, window, corner, (from, to, length) => {
        const part = volume.data.subarray(from * channels, (from + length) * channels);
        input.set(part, (index * weights.length + to) * channels);
      });
    }
    const { values, depth } = await predictOnce(predict, input, [group.length, ...window, channels]);
    if (classes === 0) {
      classes = depth;
      sums = new Float32Array(voxels * classes);
    }
    for (const [index, corner] of group.entries()) {
      eachRow(size, window, corner, (to, from, length) => {
        for (let i = 0; i < length; i++) {
          const weight = weights[from + i]!;
          total[to + i]! += weight;
          const source = (index * weights.length + from + i) * classes;
          for (let c = 0; c < classes; c++) sums[(to + i) * classes + c]! += values[source + c]! * weight;
        }
      });
    }
  }
  for (let at = 0; at < voxels; at++) {
    for (let c = 0; c < classes; c++) sums[at * classes + c]! /= total[at]!;
  }
  return { ...volume, role: 'intensity', shape: [...size, classes], data: sums };
}

async function predictOnce(
  predict: WindowPredictor,
  input: Float32Array,
  shape: readonly [number, number, number, number, number],
) {
  const tensor = tf.tensor5d(input, [...shape]);
  try {
    const output = await predict(tensor);
    const expected = [...shape.slice(0, 4), output.shape[4]];
    if (output.shape.join() !== expected.join()) {
      throw new UsageError(`Expected predictions of shape [${expected}] but received [${output.shape}].`);
    }
    const values = await output.data();
    output.dispose();
    return { values, depth: output.shape[4] };
  } finally {
    tensor.dispose();
  }
}
