import { z } from 'zod';
import { extent } from '../../core/sample.js';
import { defineTransform } from '../../core/transform.js';
import { frame } from '../random-resized-crop.js';
import { ends, probability, range, spread } from '../schemas.js';
import { type AffineParts, affineMap, affineMatrix } from './matrix.js';
import { type Warping, warp, warpOptions } from './warp.js';

const share = z.number().min(0).max(1);
const lean = z.number().gt(-90).lt(90);

const options = z.strictObject({
  degrees: spread.default(0).describe('Angles to draw from, clockwise: [low, high], or d for [-d, d].'),
  translate: z
    .tuple([share, share])
    .default([0, 0])
    .describe('Farthest shift along x and y, as shares of width and height; whole pixels are drawn.'),
  scale: range
    .refine(([low]) => low > 0, { error: 'Expected scales above 0' })
    .default([1, 1])
    .describe('Factors of size to draw from.'),
  shear: z
    .union([lean.min(0), z.tuple([lean, lean]), z.tuple([lean, lean, lean, lean])])
    .default(0)
    .describe('Degrees of shear: d or [low, high] along x; [low, high, low, high] along x and y.'),
  ...warpOptions,
  p: probability.default(1),
});

/** Turns, shifts, scales and shears rows and columns at random, as torchvision's RandomAffine on Pillow images. */
export const affine = defineTransform({
  name: 'affine',
  options,
  params(sample, rng, { degrees, translate, scale, shear, p, ...rest }): (AffineParts & Warping) | null {
    if (!rng.chance(p)) return null;
    const [height, width] = frame(sample);
    const angle = rng.uniform(...ends(degrees));
    const shift = (most: number) => Math.round(rng.uniform(-most, most)) + 0; // never -0, which JSON cannot say
    const shifts = [shift(translate[0] * width), shift(translate[1] * height)] as const;
    const factor = rng.uniform(...scale);
    const [low, high, lowest, highest] = typeof shear === 'number' ? [0 - shear, shear] : shear;
    const shears = [rng.uniform(low, high), lowest === undefined ? 0 : rng.uniform(lowest, highest)] as const;
    return { angle, translate: shifts, scale: factor, shear: shears, ...rest };
  },
  apply(raster, { angle, translate, scale, shear, ...warping }) {
    const [height, width] = [extent(raster, 'y'), extent(raster, 'x')];
    const matrix = affineMatrix({ angle, translate, scale, shear }, [width / 2, height / 2]);
    return warp(raster, affineMap(matrix, height, width), warping);
  },
});
