import { z } from 'zod';
import { defineTransform } from '../../core/transform.js';
import { drawSeed } from '../fields.js';
import { frame } from '../random-resized-crop.js';
import { probability } from '../schemas.js';
import type { Painting } from './erase.js';
import { paint, paintBoxes } from './paint.js';

const options = z.strictObject({
  holes: z.int().min(1).max(1000).default(1).describe('Number of squares.'),
  size: z.number().gt(0).max(1).default(0.5).describe('Side of a square as a share of the shorter side.'),
  value: paint,
  p: probability.default(1),
});

/**
 * Paints over squares whose middle is any pixel, so that they may hang over the edge (Cutout, arXiv 1708.04552);
 * masks keep their classes.
 */
export const cutout = defineTransform({
  name: 'cutout',
  on: 'intensity',
  options,
  params(sample, rng, { holes, size, value, p }): Painting | null {
    if (!rng.chance(p)) return null;
    const [height, width] = frame(sample);
    const side = Math.max(1, Math.round(size * Math.min(height, width)));
    const boxes = Array.from({ length: holes }, () => {
      const top = rng.integer(height) - (side >> 1);
      const left = rng.integer(width) - (side >> 1);
      return {
        top: Math.max(0, top),
        left: Math.max(0, left),
        bottom: Math.min(height, top + side),
        right: Math.min(width, left + side),
      };
    });
    return { boxes, value, seed: drawSeed(rng) };
  },
  apply: (raster, { boxes, value, seed }) => paintBoxes(raster, boxes, value, seed),
});
