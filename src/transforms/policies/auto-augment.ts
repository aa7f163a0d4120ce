import { z } from 'zod';
import { defineTransform } from '../../core/transform.js';
import { frame } from '../random-resized-crop.js';
import { applyChain, type Chain, policyOptions } from './chain.js';
import type { OpName } from './ops.js';
import { drawOp, RAND_SPACE } from './space.js';

/** Operation, probability, level of ten. */
type Rule = readonly [OpName, number, number];

/** The 25 pairs that were found on ImageNet (arXiv 1805.09501, table 9). */
export const IMAGENET_POLICY: readonly (readonly [Rule, Rule])[] = [
  [
    ['posterize', 0.4, 8],
    ['rotate', 0.6, 9],
  ],
  [
    ['solarize', 0.6, 5],
    ['autocontrast', 0.6, 0],
  ],
  [
    ['equalize', 0.8, 0],
    ['equalize', 0.6, 0],
  ],
  [
    ['posterize', 0.6, 7],
    ['posterize', 0.6, 6],
  ],
  [
    ['equalize', 0.4, 0],
    ['solarize', 0.2, 4],
  ],
  [
    ['equalize', 0.4, 0],
    ['rotate', 0.8, 8],
  ],
  [
    ['solarize', 0.6, 3],
    ['equalize', 0.6, 0],
  ],
  [
    ['posterize', 0.8, 5],
    ['equalize', 1, 0],
  ],
  [
    ['rotate', 0.2, 3],
    ['solarize', 0.6, 8],
  ],
  [
    ['equalize', 0.6, 0],
    ['posterize', 0.4, 6],
  ],
  [
    ['rotate', 0.8, 8],
    ['saturation', 0.4, 0],
  ],
  [
    ['rotate', 0.4, 9],
    ['equalize', 0.6, 0],
  ],
  [
    ['equalize', 0, 0],
    ['equalize', 0.8, 0],
  ],
  [
    ['invert', 0.6, 0],
    ['equalize', 1, 0],
  ],
  [
    ['saturation', 0.6, 4],
    ['contrast', 1, 8],
  ],
  [
    ['rotate', 0.8, 8],
    ['saturation', 1, 2],
  ],
  [
    ['saturation', 0.8, 8],
    ['solarize', 0.8, 7],
  ],
  [
    ['sharpness', 0.4, 7],
    ['invert', 0.6, 0],
  ],
  [
    ['shearX', 0.6, 5],
    ['equalize', 1, 0],
  ],
  [
    ['saturation', 0.4, 0],
    ['equalize', 0.6, 0],
  ],
  [
    ['equalize', 0.4, 0],
    ['solarize', 0.2, 4],
  ],
  [
    ['solarize', 0.6, 5],
    ['autocontrast', 0.6, 0],
  ],
  [
    ['invert', 0.6, 0],
    ['equalize', 1, 0],
  ],
  [
    ['saturation', 0.6, 4],
    ['contrast', 1, 8],
  ],
  [
    ['equalize', 0.8, 0],
    ['equalize', 0.6, 0],
  ],
];
const LEVELS = 10;

const options = z.strictObject({
  policy: z.literal('imagenet').default('imagenet').describe('Which pairs of operations are drawn from.'),
  ...policyOptions,
});

/** One of 25 learned pairs of operations (AutoAugment, arXiv 1805.09501), as torchvision's AutoAugment. */
export const autoAugment = defineTransform({
  name: 'autoAugment',
  options,
  params(sample, rng, { policy: _, ...warping }): Chain {
    const extents = frame(sample);
    const ops = rng.pick(IMAGENET_POLICY).flatMap(([op, probability, at]) => {
      return rng.chance(probability) ? [drawOp(RAND_SPACE, op, { at, of: LEVELS }, extents, rng)] : [];
    });
    return { ops, ...warping };
  },
  apply: applyChain,
});
