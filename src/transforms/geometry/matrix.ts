import type { CoordinateMap } from './warp.js';

/** [a, b, c, d, e, f]: the result's (x, y) comes from (a x + b y + c, d x + e y + f). */
export type Matrix = readonly [number, number, number, number, number, number];

const DEGREE = Math.PI / 180;

/** Of a rotation by `angle` degrees counter-clockwise about `centre` (x, y), as `PIL.Image.rotate`. */
export function rotationMatrix(angle: number, [cx, cy]: readonly [number, number]): Matrix {
  const turn = angle % 360;
  const rotation = -(turn < 0 ? turn + 360 : turn) * DEGREE;
  const cos = round15(Math.cos(rotation));
  const sin = round15(Math.sin(rotation));
  return [cos, sin, cos * -cx + sin * -cy + cx, 0 - sin, cos, -sin * -cx + cos * -cy + cy];
}

/** What torchvision's `affine` does: angles in degrees, clockwise; translation in pixels. */
export interface AffineParts {
  readonly angle: number;
  readonly translate: readonly [number, number];
  readonly scale: number;
  readonly shear: readonly [number, number];
}

/** The inverse of shear, scale and rotation about `centre` and then translation; rounded in torchvision's order. */
export function affineMatrix(
  { angle, translate, scale, shear }: AffineParts,
  [cx, cy]: readonly [number, number],
): Matrix {
  const { sin, cos, tan } = Math;
  const [rotation, sx, sy] = [angle * DEGREE, shear[0] * DEGREE, shear[1] * DEGREE];
  const a = cos(rotation - sy) / cos(sy);
  const b = (-cos(rotation - sy) * tan(sx)) / cos(sy) - sin(rotation);
  const c = sin(rotation - sy) / cos(sy);
  const d = (-sin(rotation - sy) * tan(sx)) / cos(sy) + cos(rotation);
  const [tx, ty] = [-cx - translate[0], -cy - translate[1]];
  const [p, q, r, s] = [d / scale, -b / scale, -c / scale, a / scale];
  return [p, q, p * tx + q * ty + cx, r, s, r * tx + s * ty + cy];
}

/**
 * The matrix and the size of the smallest picture that holds all of a `height` by `width` picture turned by `matrix`,
 * as Pillow's `expand`: quarter turns exchange the sides, other corners are rounded outwards.
 */
export function expanded(matrix: Matrix, height: number, width: number) {
  const [a, b, c, d, e, f] = matrix;
  const corners = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ] as const;
  const span = (values: readonly number[]) =>
    Math.ceil(Math.max(...values)) - Math.floor(Math.min(...values));
  const isQuarter = a === 0 && e === 0;
  const wide = isQuarter ? height : span(corners.map(([x, y]) => a * x + b * y + c));
  const tall = isQuarter ? width : span(corners.map(([x, y]) => d * x + e * y + f));
  const [dx, dy] = [-(wide - width) / 2, -(tall - height) / 2];
  const moved: Matrix = [a, b, a * dx + b * dy + c, d, e, d * dx + e * dy + f];
  return { matrix: moved, height: tall, width: wide };
}

/**
 * The map of a matrix. Where only whole pixels matter positions advance in steps of 1/65536, as Pillow's do, unless
 * rows and columns stay what they are.
 */
export function affineMap([a, b, c, d, e, f]: Matrix, height: number, width: number): CoordinateMap {
  const fixed = (value: number) => Math.floor(value * 65536 + 0.5);
  const straight = b === 0 && d === 0;
  return {
    height,
    width,
    row(y, xs, ys, whole) {
      if (whole && !straight) {
        const x0 = fixed(c + a * 0.5 + b * 0.5) + y * fixed(b);
        const y0 = fixed(f + d * 0.5 + e * 0.5) + y * fixed(e);
        for (let x = 0; x < width; x++) {
          xs[x] = (x0 + x * fixed(a)) / 65536;
          ys[x] = (y0 + x * fixed(d)) / 65536;
        }
        return;
      }
      for (let x = 0; x < width; x++) {
        xs[x] = a * (x + 0.5) + b * (y + 0.5) + c;
        ys[x] = d * (x + 0.5) + e * (y + 0.5) + f;
      }
    },
  };
}

/** So that sines and cosines of right angles are whole; of decimals, as Python rounds. */
function round15(value: number): number {
  return Number(value.toFixed(15)) + 0; // never -0
}
