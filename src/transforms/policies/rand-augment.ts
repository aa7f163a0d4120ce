import { z } from 'zod';
import { defineTransform } from '../../core/transform.js';
import { frame } from '../random-resized-crop.js';
import { applyChain, type Chain, policyOptions } from './chain.js';
import { drawOp, names, RAND_SPACE } from './space.js';

const options = z
  .strictObject({
    ops: z.int().min(0).max(100).default(2).describe('How many operations follow one another.'),
    magnitude: z.int().min(0).max(1000).default(9).describe('Strength of all of them, from 0 to levels - 1.'),
    levels: z.int().min(2).max(1001).default(31).describe('How many strengths there are.'),
    ...policyOptions,
  })
  .refine(({ magnitude, levels }) => magnitude < levels, { error: 'Expected a magnitude below levels' });

/** Some random operations of one strength (RandAugment, arXiv 1909.13719), as torchvision's RandAugment. */
export const randAugment = defineTransform({
  name: 'randAugment',
  options,
  params(sample, rng, { ops, magnitude, levels, ...warping }): Chain {
    const extents = frame(sample);
    const chosen = Array.from({ length: ops }, () =>
      drawOp(RAND_SPACE, rng.pick(names(RAND_SPACE)), { at: magnitude, of: levels }, extents, rng),
    );
    return { ops: chosen, ...warping };
  },
  apply: applyChain,
});
