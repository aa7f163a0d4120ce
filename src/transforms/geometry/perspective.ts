import { z } from 'zod';
import { extent } from '../../core/sample.js';
import { defineTransform } from '../../core/transform.js';
import { frame } from '../random-resized-crop.js';
import { probability } from '../schemas.js';
import { type CoordinateMap, type Warping, warp, warpOptions } from './warp.js';

/** A point (x, y) in pixels. */
export type Point = readonly [number, number];

const options = z.strictObject({
  distortion: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('How far corners move inwards at most, as a share of half the height and width.'),
  ...warpOptions,
  p: probability.default(0.5),
});

/** Looks at the picture from aside: its four corners move inwards at random, as torchvision's RandomPerspective. */
export const perspective = defineTransform({
  name: 'perspective',
  options,
  params(sample, rng, { distortion, p, ...rest }): ({ coefficients: number[] } & Warping) | null {
    if (!rng.chance(p)) return null;
    const [height, width] = frame(sample);
    const inwards = (extent: number) => rng.integer(Math.trunc(distortion * Math.floor(extent / 2)) + 1);
    const corner = (right: boolean, bottom: boolean): Point => {
      const [dx, dy] = [inwards(width), inwards(height)];
      return [right ? width - 1 - dx : dx, bottom ? height - 1 - dy : dy];
    };
    const targets = [corner(false, false), corner(true, false), corner(true, true), corner(false, true)];
    const [w, h] = [width - 1, height - 1];
    const sources: Point[] = [
      [0, 0],
      [w, 0],
      [w, h],
      [0, h],
    ];
    return { coefficients: perspectiveCoefficients(sources, targets), ...rest };
  },
  apply(raster, { coefficients, ...warping }) {
    const [height, width] = [extent(raster, 'y'), extent(raster, 'x')];
    return warp(raster, perspectiveMap(coefficients, height, width), warping);
  },
});

/**
 * The eight numbers that take each target point (x, y) to its source: ((a x + b y + c) / (g x + h y + 1),
 * (d x + e y + f) / (g x + h y + 1)). Float32, as torchvision keeps them, and never -0, which JSON cannot say. The identity where the points allow none
 * (pictures of one row or column).
 */
export function perspectiveCoefficients(sources: readonly Point[], targets: readonly Point[]): number[] {
  const rows = sources.flatMap(([u, v], i) => {
    const [x, y] = targets[i]!;
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  return solve(rows)?.map((value) => Math.fround(value) + 0) ?? [1, 0, 0, 0, 1, 0, 0, 0];
}

/** Solves the linear equations whose rows are [coefficients…, right side], by elimination with pivots. */
function solve(rows: number[][]): number[] | undefined {
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let r = column; r < n; r++) {
      if (Math.abs(rows[r]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = r;
    }
    if (Math.abs(rows[pivot]![column]!) < 1e-9) return undefined;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let r = 0; r < n; r++) {
      if (r === column) continue;
      const factor = rows[r]![column]! / rows[column]![column]!;
      for (let k = column; k <= n; k++) rows[r]![k]! -= factor * rows[column]![k]!;
    }
  }
  return rows.map((row, r) => row[n]! / row[r]!);
}

function perspectiveMap(coefficients: readonly number[], height: number, width: number): CoordinateMap {
  const [a = 1, b = 0, c = 0, d = 0, e = 1, f = 0, g = 0, h = 0] = coefficients;
  return {
    height,
    width,
    row(y, xs, ys) {
      for (let x = 0; x < width; x++) {
        const depth = g * (x + 0.5) + h * (y + 0.5) + 1;
        xs[x] = (a * (x + 0.5) + b * (y + 0.5) + c) / depth;
        ys[x] = (d * (x + 0.5) + e * (y + 0.5) + f) / depth;
      }
    },
  };
}
