import { z } from 'zod';
import type { Rng } from '../../core/rng.js';
import type { Raster } from '../../core/sample.js';
import { defineTransform } from '../../core/transform.js';
import { interpolation, type Warping } from '../geometry/warp.js';
import { toByte, white, withData } from '../pixels.js';
import { frame } from '../random-resized-crop.js';
import { applyChain, policyOptions } from './chain.js';
import { isSpatial, type Op } from './ops.js';
import { drawOp, MIX_SPACE, names } from './space.js';

const LEVELS = 10;
const DEEPEST = 3;

const options = z.strictObject({
  severity: z.int().min(1).max(LEVELS).default(3).describe('Strengths are drawn below this, of ten.'),
  width: z.int().min(1).max(10).default(3).describe('Number of chains that are mixed.'),
  depth: z
    .int()
    .min(1)
    .max(10)
    .optional()
    .describe('Operations per chain; one to three at random unless told.'),
  alpha: z
    .number()
    .gt(0)
    .max(1000)
    .default(1)
    .describe('Of the Dirichlet and Beta distributions of the weights.'),
  ...policyOptions,
  interpolation: interpolation.default('bilinear'),
});

/** The picture itself weighs `weight`, what a chain makes of it the chain's weight; together 1. */
interface Params extends Warping {
  readonly weight: number;
  readonly chains: readonly { readonly weight: number; readonly ops: readonly Op[] }[];
}

/**
 * Mixes a picture with what several random chains of operations make of it (AugMix, arXiv 1912.02781), as
 * torchvision's AugMix. A mixture of moved pictures has no mask: in samples with masks only colours change.
 */
export const augMix = defineTransform({
  name: 'augMix',
  on: 'intensity',
  options,
  params(sample, rng, { severity, width, depth, alpha, ...warping }): Params {
    const extents = frame(sample);
    const masked = Object.values(sample.rasters).some(({ role }) => role === 'mask');
    const allowed = names(MIX_SPACE).filter((op) => !(masked && isSpatial(op)));
    const weight = rng.beta(alpha, alpha);
    const chains = dirichlet(width, alpha, rng).map((share) => ({
      weight: (1 - weight) * share,
      ops: Array.from({ length: depth ?? 1 + rng.integer(DEEPEST) }, () => {
        const op = rng.pick(allowed);
        return drawOp(MIX_SPACE, op, { at: rng.integer(severity), of: LEVELS }, extents, rng);
      }),
    }));
    return { weight, chains, ...warping };
  },
  apply(raster, { weight, chains, ...warping }): Raster {
    const { data } = raster;
    white(data);
    const mixture = new Float32Array(data).map((value) => value * weight);
    for (const chain of chains) {
      const made = applyChain(raster, { ops: chain.ops, ...warping }).data;
      for (let i = 0; i < mixture.length; i++) mixture[i]! += made[i]! * chain.weight;
    }
    return withData(raster, data instanceof Uint8Array ? data.map((_, i) => toByte(mixture[i]!)) : mixture);
  },
});

/** Symmetric Dirichlet by breaking a stick: each part takes a Beta share of what is left. */
function dirichlet(parts: number, alpha: number, rng: Rng): number[] {
  let left = 1;
  return Array.from({ length: parts }, (_, index) => {
    const rest = parts - 1 - index;
    const part = rest === 0 ? left : left * rng.beta(alpha, alpha * rest);
    left -= part;
    return part;
  });
}
