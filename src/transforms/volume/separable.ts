import type { NumericArray } from './arrays.js';
import type { Steps } from './steps.js';
import type { Taps } from './taps.js';

/** Source voxels, x fastest, `channels` values each. */
export interface Source {
  readonly data: NumericArray;
  readonly size: readonly [number, number, number];
  readonly channels: number;
}

/** Where results go: element 0 of each axis at `base`, `strides` elements apart along the source's x, y and z. */
export interface Target {
  readonly data: Float32Array;
  readonly base: number;
  readonly strides: readonly [number, number, number];
}

/** `out = Σ weight * in` over whole rows: `count` values from each of the tap's rows. */
function blendRows(
  from: NumericArray,
  taps: Taps,
  at: number,
  stride: number,
  to: Float32Array,
  count: number,
): void {
  const { width, index, weight } = taps;
  to.fill(0, 0, count);
  for (let tap = at * width; tap < (at + 1) * width; tap++) {
    const base = index[tap]! * stride;
    const factor = width === 1 ? 1 : weight[tap]!;
    if (factor !== 0) for (let i = 0; i < count; i++) to[i]! += from[base + i]! * factor;
  }
}

/** The last axis: weighted sums of the values of one row. */
function blendValues(row: Float32Array, taps: Taps, channels: number, target: Target, offset: number): void {
  const { count, width, index, weight } = taps;
  const { data, strides } = target;
  for (let i = 0; i < count; i++) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let tap = i * width; tap < (i + 1) * width; tap++) {
        sum += row[index[tap]! * channels + channel]! * (width === 1 ? 1 : weight[tap]!);
      }
      data[offset + i * strides[0] + channel] = sum;
    }
  }
}

/**
 * Separable resampling with any taps and channels, slowest source axis first; axes are permuted and mirrored on the
 * way by the taps' order and the target's strides. Sums are rounded to float32 after each axis.
 *
 * @param taps for the source's x, y and z
 */
export function* resampleSeparable(
  source: Source,
  taps: readonly [Taps, Taps, Taps],
  target: Target,
): Steps<void> {
  const { data, size, channels } = source;
  const [x, y, z] = taps;
  const row = size[0] * channels;
  const plane = new Float32Array(row * size[1]);
  const line = new Float32Array(row);
  for (let k = 0; k < z.count; k++) {
    blendRows(data, z, k, plane.length, plane, plane.length);
    for (let j = 0; j < y.count; j++) {
      blendRows(plane, y, j, row, line, row);
      blendValues(line, x, channels, target, target.base + k * target.strides[2] + j * target.strides[1]);
    }
    yield;
  }
}
