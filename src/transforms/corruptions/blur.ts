import { fold, gaussian } from '../convolve.js';
import { at, type Corruption, type Picture, repaint, soften } from './picture.js';

/** Gaussian blur. */
export const gaussianBlur: Corruption = (severity) => {
  const sigma = at(severity, [1, 2, 3, 4, 6]);
  return (picture) => soften(picture, sigma);
};

/** A lens out of focus: every point becomes a disc. */
export const defocusBlur: Corruption = (severity) => {
  const [radius, sigma] = at(severity, [
    [3, 0.1],
    [4, 0.5],
    [6, 0.5],
    [8, 0.5],
    [10, 0.5],
  ]);
  const kernel = disc(radius, sigma);
  return (picture) => correlate(picture, kernel);
};

/** A square kernel of odd side, row by row. */
interface Kernel {
  readonly side: number;
  readonly weights: Float64Array;
}

/** A disc whose border is smoothed a little, on a grid that reaches to 8 pixels at least. Weights sum to 1. */
export function disc(radius: number, sigma: number): Kernel {
  const reach = Math.max(8, radius);
  const side = 2 * reach + 1;
  const weights = Float64Array.from({ length: side * side }, (_, i) => {
    return Math.hypot((i % side) - reach, Math.floor(i / side) - reach) <= radius ? 1 : 0;
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  const smooth = gaussian(sigma, radius <= 8 ? 1 : 2);
  const along = smear(weights, side, smooth, 1);
  return { side, weights: smear(along, side, smooth, side).map((weight) => weight / sum) };
}

/** Correlates one axis of a square with a small kernel, mirrored at its ends. */
function smear(values: Float64Array, side: number, kernel: Float64Array, stride: number): Float64Array {
  const radius = kernel.length >> 1;
  return values.map((_, i) => {
    const place = Math.floor(i / stride) % side;
    const base = i - place * stride;
    return kernel.reduce((sum, weight, tap) => {
      return sum + weight * values[base + fold(place + tap - radius, side, 'mirror') * stride]!;
    }, 0);
  });
}

/**
 * Correlates with a kernel, edges mirrored. Every row of the picture is laid out once with its margins and its sums
 * from the left; of each row of the kernel the run of equal weights in its middle costs one difference of sums.
 */
function correlate(picture: Picture, { side, weights }: Kernel): Picture {
  const { height, width, channels, data } = picture;
  const reach = side >> 1;
  const row = width * channels;
  const runs = Array.from({ length: side }, (_, k) => middleRun(weights.subarray(k * side, (k + 1) * side)));
  const padded = new Float32Array((width + 2 * reach) * channels);
  const sums = new Float64Array(padded.length + channels);
  const out = new Float32Array(data.length);
  for (let y = -reach; y < height + reach; y++) {
    const source = fold(y, height, 'mirror') * row;
    for (let x = -reach, at = 0; x < width + reach; x++) {
      const from = source + fold(x, width, 'mirror') * channels;
      for (let c = 0; c < channels; c++, at++) {
        padded[at] = data[from + c]!;
        sums[at + channels] = sums[at]! + padded[at]!;
      }
    }
    for (let ky = 0; ky < side; ky++) {
      const target = y + reach - ky;
      if (target < 0 || target >= height) continue;
      const { start, end } = runs[ky]!;
      const to = target * row;
      for (let kx = 0; kx < side; kx++) {
        const weight = weights[ky * side + kx]!;
        if (weight < 1e-12 || (kx > start && kx < end)) continue;
        const from = kx * channels;
        if (kx === start) {
          const last = end * channels;
          for (let i = 0; i < row; i++) out[to + i]! += (sums[last + i]! - sums[from + i]!) * weight;
        } else for (let i = 0; i < row; i++) out[to + i]! += padded[from + i]! * weight;
      }
    }
  }
  return repaint(picture, out);
}

/** Elements [start, end) around the middle that are equal to it, up to rounding. */
function middleRun(weights: Float64Array): { readonly start: number; readonly end: number } {
  const middle = weights.length >> 1;
  let start = middle;
  while (start > 0 && Math.abs(weights[start - 1]! - weights[middle]!) < 1e-9) start--;
  return { start, end: weights.length - start };
}
