import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../core/errors.js';
import type { Raster } from '../core/sample.js';
import { countPatches, gridPatches, PatchAggregator, type WindowGrid } from '../transforms/volume/windows.js';

export interface SlidingWindowOptions extends WindowGrid {
  /** Windows per call of the network. Default 1. */
  readonly batch?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** The network: `[batch, z, y, x, channels]` to `[batch, z, y, x, classes]`; it must not dispose its input. */
export type WindowPredictor = (windows: tf.Tensor5D) => tf.Tensor5D | Promise<tf.Tensor5D>;

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
  const { batch = 1, onProgress, signal } = options;
  const aggregator = new PatchAggregator(volume, options);
  const total = countPatches(volume, options);
  let done = 0;
  let group: { readonly corner: readonly number[]; readonly patch: Raster }[] = [];
  for (const one of gridPatches(volume, options)) {
    group.push(one);
    done++;
    if (group.length < batch && done < total) continue;
    signal?.throwIfAborted();
    const shape = [group.length, ...one.patch.shape] as [number, number, number, number, number];
    const input = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
    for (const [place, { patch }] of group.entries()) input.set(patch.data, place * patch.data.length);
    const values = await predictOnce(predict, input, shape);
    const length = values.length / group.length;
    for (const [place, { corner }] of group.entries())
      aggregator.add(values.subarray(place * length, (place + 1) * length), corner);
    group = [];
    onProgress?.(done, total);
  }
  return aggregator.result();
}

async function predictOnce(
  predict: WindowPredictor,
  input: Float32Array,
  shape: readonly [number, number, number, number, number],
) {
  const tensor = tf.tensor5d(input, [...shape]);
  try {
    const output = await predict(tensor);
    try {
      const expected = [...shape.slice(0, 4), output.shape[4]];
      if (output.shape.join() !== expected.join())
        throw new UsageError(`Expected predictions of shape [${expected}] but received [${output.shape}].`);
      return await output.data<'float32'>();
    } finally {
      output.dispose();
    }
  } finally {
    tensor.dispose();
  }
}
