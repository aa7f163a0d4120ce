import { z } from 'zod';
import type { Rng } from '../../core/rng.js';
import { defineTransform } from '../../core/transform.js';
import { drawSeed, type Seed } from '../fields.js';
import { frame } from '../random-resized-crop.js';
import { probability, range, rangeIn } from '../schemas.js';
import { type Box, type Paint, paint, paintBoxes } from './paint.js';

const TRIES = 10;

const options = z.strictObject({
  scale: rangeIn(0, 1).default([0.02, 0.33]).describe("Area of the rectangle as a share of the picture's."),
  ratio: range
    .refine(([low]) => low > 0, { error: 'Expected aspects above 0' })
    .default([0.3, 3.3])
    .describe('Height divided by width of the rectangle, drawn evenly on a logarithmic scale.'),
  value: paint,
  p: probability.default(0.5),
});

/** What {@link erase} and its relatives record. */
export interface Painting {
  readonly boxes: readonly Box[];
  readonly value: Paint;
  readonly seed: Seed;
}

/**
 * Paints over one random rectangle (random erasing, arXiv 1708.04896), as torchvision's RandomErasing; masks keep
 * their classes. Where ten tries find no rectangle that fits, nothing is done.
 */
export const erase = defineTransform({
  name: 'erase',
  on: 'intensity',
  options,
  params(sample, rng, { scale, ratio, value, p }): Painting | null {
    if (!rng.chance(p)) return null;
    const [height, width] = frame(sample);
    const box = drawBox(height, width, scale, ratio, rng);
    return box === undefined ? null : { boxes: [box], value, seed: drawSeed(rng) };
  },
  apply: (raster, { boxes, value, seed }) => paintBoxes(raster, boxes, value, seed),
});

function drawBox(
  height: number,
  width: number,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  rng: Rng,
): Box | undefined {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const area = height * width * rng.uniform(...scale);
    const aspect = Math.exp(rng.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const h = Math.round(Math.sqrt(area * aspect));
    const w = Math.round(Math.sqrt(area / aspect));
    if (h >= height || w >= width) continue;
    const top = rng.integer(height - h + 1);
    const left = rng.integer(width - w + 1);
    return { top, left, bottom: top + h, right: left + w };
  }
  return undefined;
}
