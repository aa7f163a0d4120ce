import { z } from 'zod';
import { defineBatchTransform } from '../../core/batch.js';
import { probability } from '../schemas.js';
import { cutmix } from './cutmix.js';
import { mixup } from './mixup.js';

const options = z.strictObject({
  mixup: mixup.schema.prefault({}),
  cutmix: cutmix.schema.prefault({}),
  /** Probability that a batch is cut rather than blended. */
  cut: probability.default(0.5),
  /** Probability that a batch is changed at all. */
  p: probability.default(1),
});

/** Mixup or CutMix, chosen anew for each batch. */
export const mixOrCut = defineBatchTransform({
  name: 'mixOrCut',
  options,
  params(batch, rng, { mixup: blending, cutmix: cutting, cut, p }) {
    const draw = rng.at('choice');
    if (!draw.chance(p)) return null;
    if (draw.chance(cut)) {
      const params = cutmix(cutting).params(batch, rng);
      return params && { name: 'cutmix' as const, params };
    }
    const params = mixup(blending).params(batch, rng);
    return params && { name: 'mixup' as const, params };
  },
  apply: (batch, { name, params }) =>
    name === 'cutmix' ? cutmix().apply(batch, params) : mixup().apply(batch, params),
});
