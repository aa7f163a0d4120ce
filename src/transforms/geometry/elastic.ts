import { z } from 'zod';
import { extent } from '../../core/sample.js';
import { defineTransform } from '../../core/transform.js';
import { convolvePlanes, gaussian } from '../convolve.js';
import { drawSeed, fromSeed, type Seed, uniforms } from '../fields.js';
import { probability } from '../schemas.js';
import { type CoordinateMap, type Warping, warp, warpOptions } from './warp.js';

const options = z.strictObject({
  alpha: z.number().min(0).default(50).describe('Strength: pixels move by about alpha / (4 sigma).'),
  sigma: z.number().min(0).max(100).default(5).describe('Smoothness: deviation of the blur, in pixels.'),
  ...warpOptions,
  p: probability.default(1),
});

/** What is recorded: the field of displacements is made from the seed. */
interface Params extends Warping {
  readonly alpha: number;
  readonly sigma: number;
  readonly seed: Seed;
}

/** Displacements in pixels, row by row. */
interface Field {
  readonly dx: Float32Array;
  readonly dy: Float32Array;
}

const fields = new WeakMap<Params, Field & { readonly size: string }>();

/**
 * Moves pixels by a smooth random field (Simard et al. 2003), as torchvision's ElasticTransform: uniform noise,
 * blurred, times alpha / 2 pixels. Frames and slices all move alike.
 */
export const elastic = defineTransform({
  name: 'elastic',
  options,
  params: (_sample, rng, { p, ...rest }): Params | null =>
    rng.chance(p) ? { ...rest, seed: drawSeed(rng) } : null,
  apply(raster, params) {
    const [height, width] = [extent(raster, 'y'), extent(raster, 'x')];
    return warp(raster, displaced(fieldOf(params, height, width), height, width), params, true);
  },
});

/** Made once per sample: its rasters share it. */
function fieldOf(params: Params, height: number, width: number): Field {
  const size = `${height}x${width}`;
  const known = fields.get(params);
  if (known?.size === size) return known;
  const rng = fromSeed(params.seed);
  const shape = { count: 1, height, width, channels: 1 };
  const radius = Math.trunc(8 * params.sigma + 1) >> 1;
  const smooth = (values: Float32Array) => {
    if (params.sigma === 0) return values;
    const kernel = gaussian(params.sigma, radius);
    return convolvePlanes(values, shape, { y: kernel, x: kernel }, 'mirror');
  };
  const component = (name: string) =>
    smooth(uniforms(rng.at(name), height * width, -1, 1)).map((value) => (value * params.alpha) / 2);
  const field = { dx: component('x'), dy: component('y'), size };
  fields.set(params, field);
  return field;
}

/** Each pixel comes from its own place plus its displacement in pixels. */
export function displaced({ dx, dy }: Field, height: number, width: number): CoordinateMap {
  return {
    height,
    width,
    row(y, xs, ys) {
      for (let x = 0; x < width; x++) {
        xs[x] = x + 0.5 + dx[y * width + x]!;
        ys[x] = y + 0.5 + dy[y * width + x]!;
      }
    },
  };
}
