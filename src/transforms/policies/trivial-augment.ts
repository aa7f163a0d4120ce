import { z } from 'zod';
import { defineTransform } from '../../core/transform.js';
import { frame } from '../random-resized-crop.js';
import { applyChain, type Chain, policyOptions } from './chain.js';
import { drawOp, names, WIDE_SPACE } from './space.js';

const options = z.strictObject({
  levels: z.int().min(2).max(1001).default(31).describe('How many strengths there are.'),
  ...policyOptions,
});

/** One random operation of random strength (TrivialAugment, arXiv 2103.10158), as torchvision's TrivialAugmentWide. */
export const trivialAugment = defineTransform({
  name: 'trivialAugment',
  options,
  params(sample, rng, { levels, ...warping }): Chain {
    const op = rng.pick(names(WIDE_SPACE));
    const level = { at: rng.integer(levels), of: levels };
    return { ops: [drawOp(WIDE_SPACE, op, level, frame(sample), rng)], ...warping };
  },
  apply: applyChain,
});
