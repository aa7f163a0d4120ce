import type { Shape } from '../../src/models/index.js';

/** Place on every axis of a flat index. */
export function unravel(flat: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length);
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** Flat index of a place. */
export function ravel(index: readonly number[], shape: Shape): number {
  return index.reduce((flat, place, axis) => flat * shape[axis]! + place, 0);
}

/** Mean and biased variance per channel. */
export function moments(data: Float64Array, channels: number): [mean: Float64Array, variance: Float64Array] {
  const rows = data.length / channels;
  const [mean, variance] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < data.length; i++) mean[i % channels]! += data[i]! / rows;
  for (let i = 0; i < data.length; i++)
    variance[i % channels]! += (data[i]! - mean[i % channels]!) ** 2 / rows;
  return [mean, variance];
}
