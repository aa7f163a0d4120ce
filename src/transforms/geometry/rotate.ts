import { z } from 'zod';
import { extent } from '../../core/sample.js';
import { defineTransform } from '../../core/transform.js';
import { ends, probability, spread } from '../schemas.js';
import { affineMap, expanded, rotationMatrix } from './matrix.js';
import { type Warping, warp, warpOptions } from './warp.js';

const options = z.strictObject({
  degrees: spread
    .default(30)
    .describe('Angles to draw from, counter-clockwise: [low, high], or d for [-d, d].'),
  expand: z.boolean().default(false).describe('Grow the picture so that all of it stays visible.'),
  ...warpOptions,
  p: probability.default(1),
});

/** Turns rows and columns by a random angle about the middle, as torchvision's RandomRotation on Pillow images. */
export const rotate = defineTransform({
  name: 'rotate',
  options,
  params(_sample, rng, { degrees, p, ...rest }): ({ angle: number; expand: boolean } & Warping) | null {
    if (!rng.chance(p)) return null;
    return { angle: rng.uniform(...ends(degrees)), ...rest };
  },
  apply(raster, { angle, expand, ...warping }) {
    const [height, width] = [extent(raster, 'y'), extent(raster, 'x')];
    const matrix = rotationMatrix(angle, [width / 2, height / 2]);
    const target = expand ? expanded(matrix, height, width) : { matrix, height, width };
    return warp(raster, affineMap(target.matrix, target.height, target.width), warping);
  },
});
