import { z } from 'zod';
import type { Raster } from '../../core/sample.js';
import { defineTransform } from '../../core/transform.js';
import { probability } from '../schemas.js';
import { equalize as equalise, autocontrast as stretch } from './histogram.js';
import { sharpen } from './sharpen.js';
import { posterize as cutBits, invert as negative, solarize as turnBright } from './tone.js';

const chance = z.strictObject({ p: probability.default(0.5) });

/** A colour operation that has nothing to draw but whether it happens. */
function toggled(name: string, apply: (raster: Raster) => Raster) {
  return defineTransform({
    name,
    on: 'intensity',
    options: chance,
    params: (_sample, rng, { p }) => (rng.chance(p) ? {} : null),
    apply: (raster) => apply(raster),
  });
}

/** The negative, with probability `p`. */
export const invert = toggled('invert', negative);

/** Stretches the values of each channel to the full range, with probability `p`; as Pillow's `autocontrast`. */
export const autocontrast = toggled('autocontrast', stretch);

/** Flattens the histogram of each channel, with probability `p`; as Pillow's `equalize`. */
export const equalize = toggled('equalize', equalise);

/** Keeps only the upper bits of every value, with probability `p`. */
export const posterize = defineTransform({
  name: 'posterize',
  on: 'intensity',
  options: z.strictObject({
    bits: z.int().min(1).max(8).default(4).describe('How many bits of eight are kept.'),
    p: probability.default(0.5),
  }),
  params: (_sample, rng, { bits, p }) => (rng.chance(p) ? { bits } : null),
  apply: (raster, { bits }) => cutBits(raster, bits),
});

/** Inverts bright values, with probability `p`. */
export const solarize = defineTransform({
  name: 'solarize',
  on: 'intensity',
  options: z.strictObject({
    threshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('What is as bright as this share of white is inverted.'),
    p: probability.default(0.5),
  }),
  params: (_sample, rng, { threshold, p }) => (rng.chance(p) ? { threshold } : null),
  apply: (raster, { threshold }) => turnBright(raster, threshold),
});

/** Sharpens or smooths by a fixed factor, with probability `p`; as torchvision's RandomAdjustSharpness. */
export const sharpness = defineTransform({
  name: 'sharpness',
  on: 'intensity',
  options: z.strictObject({
    factor: z.number().min(0).max(100).default(2).describe('0 smooths, 1 changes nothing, 2 sharpens.'),
    p: probability.default(0.5),
  }),
  params: (_sample, rng, { factor, p }) => (rng.chance(p) ? { factor } : null),
  apply: (raster, { factor }) => sharpen(raster, factor),
});
