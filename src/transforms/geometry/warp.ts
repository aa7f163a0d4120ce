import { z } from 'zod';
import { emptyLike, type Raster, type RasterData } from '../../core/sample.js';
import { type Planes, planes } from '../pixels.js';
import { fill, maskFill } from '../schemas.js';

/** How intensities between pixels are made; masks are always `nearest`. */
export const interpolation = z
  .enum(['nearest', 'bilinear', 'bicubic'])
  .describe('How values between pixels are made; masks always take the nearest.');

/** Options that every warp shares. */
export const warpOptions = {
  interpolation: interpolation.default('bilinear'),
  fill: fill.default(0),
  maskFill: maskFill.default(0),
};

/** {@link warpOptions} as they are recorded. */
export interface Warping {
  readonly interpolation: z.output<typeof interpolation>;
  readonly fill: number | readonly number[];
  readonly maskFill: number;
}

/** Where each pixel of the result comes from. Positions count from the corner: the middle of pixel 0 is at 0.5. */
export interface CoordinateMap {
  readonly height: number;
  readonly width: number;
  /** Writes the source positions of one row of the result. `whole`: only the pixel that they lie in matters. */
  row(y: number, xs: Float64Array, ys: Float64Array, whole: boolean): void;
}

type Sampler = (
  from: RasterData,
  base: number,
  shape: Planes,
  x: number,
  y: number,
  to: Float64Array,
) => void;

/**
 * Moves pixels within rows and columns; frames and slices all alike. As `PIL.Image.transform`: a pixel whose source
 * lies inside the picture is interpolated, with edge pixels repeated; any other is filled. Bytes lose their fraction
 * as in Pillow, or are rounded where `round` is set.
 */
export function warp(raster: Raster, map: CoordinateMap, options: Warping, round = false): Raster {
  const shape = planes(raster);
  const { count, height, width, channels } = shape;
  const isMask = raster.role === 'mask';
  const kind = isMask ? 'nearest' : options.interpolation;
  const background = fills(isMask ? options.maskFill : options.fill, channels);
  const sample = SAMPLERS[kind];
  const data = emptyLike(raster.data, count * map.height * map.width * channels);
  const finish = finisher(data, kind, round);
  const xs = new Float64Array(map.width);
  const ys = new Float64Array(map.width);
  const values = new Float64Array(channels);
  for (let row = 0; row < map.height; row++) {
    map.row(row, xs, ys, kind === 'nearest');
    for (let plane = 0; plane < count; plane++) {
      const base = plane * height * width * channels;
      let out = (plane * map.height + row) * map.width * channels;
      for (let column = 0; column < map.width; column++, out += channels) {
        const x = xs[column]!;
        const y = ys[column]!;
        if (x >= 0 && x < width && y >= 0 && y < height) {
          sample(raster.data, base, shape, x, y, values);
          for (let c = 0; c < channels; c++) data[out + c] = finish(values[c]!);
        } else for (let c = 0; c < channels; c++) data[out + c] = background[c]!;
      }
    }
  }
  return { ...raster, shape: [...raster.shape.slice(0, -3), map.height, map.width, channels], data };
}

function fills(value: number | readonly number[], channels: number): readonly number[] {
  if (typeof value === 'number') return new Array<number>(channels).fill(value);
  if (value.length === channels) return value;
  throw new RangeError(`Expected one fill value or ${channels} but received ${value.length}.`);
}

function finisher(data: RasterData, kind: Warping['interpolation'], round: boolean): (v: number) => number {
  if (kind === 'nearest' || data instanceof Float32Array) return (v) => v;
  const half = round || data instanceof Int16Array ? 0.5 : 0;
  const [low, high] = data instanceof Uint8Array ? [0, 255] : [-32768, 32767];
  return (v) => (v <= low ? low : v >= high ? high : Math.floor(v + half));
}

const SAMPLERS: Readonly<Record<Warping['interpolation'], Sampler>> = {
  nearest(from, base, { width, channels }, x, y, to) {
    const at = base + (Math.floor(y) * width + Math.floor(x)) * channels;
    for (let c = 0; c < channels; c++) to[c] = from[at + c]!;
  },
  bilinear(from, base, { height, width, channels }, x, y, to) {
    const left = Math.floor(x - 0.5);
    const top = Math.floor(y - 0.5);
    const [dx, dy] = [x - 0.5 - left, y - 0.5 - top];
    const x0 = Math.max(left, 0) * channels;
    const x1 = Math.min(left + 1, width - 1) * channels;
    const upper = base + Math.max(top, 0) * width * channels;
    const lower = base + Math.min(top + 1, height - 1) * width * channels;
    for (let c = 0; c < channels; c++) {
      const a = from[upper + x0 + c]!;
      const b = from[lower + x0 + c]!;
      const high = a + (from[upper + x1 + c]! - a) * dx;
      const low = b + (from[lower + x1 + c]! - b) * dx;
      to[c] = high + (low - high) * dy;
    }
  },
  bicubic(from, base, { height, width, channels }, x, y, to) {
    const left = Math.floor(x - 0.5);
    const top = Math.floor(y - 0.5);
    const [dx, dy] = [x - 0.5 - left, y - 0.5 - top];
    const columns = [-1, 0, 1, 2].map((tap) => Math.min(Math.max(left + tap, 0), width - 1) * channels);
    const rows = [-1, 0, 1, 2].map((tap) => Math.min(Math.max(top + tap, 0), height - 1) * width * channels);
    for (let c = 0; c < channels; c++) {
      const [p, q, r, s] = rows.map((row) => {
        const value = (tap: number) => from[base + row + columns[tap]! + c]!;
        return cubic(value(0), value(1), value(2), value(3), dx);
      });
      to[c] = cubic(p!, q!, r!, s!, dy);
    }
  },
};

/** Cubic convolution with a = -1, the kernel of Pillow's transform (its resize has -0.5). */
function cubic(a: number, b: number, c: number, d: number, t: number): number {
  return b + t * (c - a + t * (2 * (a - b) + c - d + t * (b - a + d - c)));
}
