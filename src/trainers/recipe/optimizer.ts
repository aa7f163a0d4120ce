import { z } from 'zod';
import type { Parameter } from '../../models/layers/parameter.js';
import type { Network } from '../network.js';
import { adam, adamw, type GroupOptions, lamb, type Optimizer, rmsProp, sgd } from '../optimizer.js';
import type { AdamOptions, RmsPropOptions, SgdOptions } from '../rules.js';
import type { Choice, Choosable } from './choice.js';
import { chosen } from './choice.js';

const share = z.number().min(0).lt(1);
const groups = {
  weightDecay: z
    .number()
    .min(0)
    .default(0)
    .describe('Strength of weight decay (L2; AdamW and LAMB decouple it).'),
  decay: z
    .enum(['all', 'weights', 'kernels'])
    .default('all')
    .describe('What decays: everything; all but norms; only kernels of convolutions and linear layers.'),
  biasRate: z.number().min(0).default(1).describe('Factor on the learning rate of biases and norm offsets.'),
};
const adamLike = (epsilon: number) =>
  z.strictObject({
    beta1: share.default(0.9),
    beta2: share.default(0.999),
    epsilon: z.number().positive().default(epsilon),
    ...groups,
  });

const SCHEMAS = {
  sgd: z.strictObject({ momentum: share.default(0.9), nesterov: z.boolean().default(false), ...groups }),
  adam: adamLike(1e-8),
  adamw: adamLike(1e-8),
  lamb: adamLike(1e-6),
  rmsProp: z.strictObject({
    decay: groups.decay,
    average: share.default(0.9).describe('Decay of the mean square.'),
    momentum: share.default(0.9),
    epsilon: z.number().positive().default(1e-3).describe('Inside the square root.'),
    weightDecay: groups.weightDecay,
    biasRate: groups.biasRate,
  }),
};

/** The optimizers that a recipe can name. */
export const OPTIMIZERS: readonly Choosable[] = Object.entries(SCHEMAS).map(([name, schema]) => ({
  name,
  schema,
}));

const DECAYS: Readonly<Record<'all' | 'weights' | 'kernels', (parameter: Parameter) => boolean>> = {
  all: () => true,
  weights: ({ spec }) => spec.role === 'weight' || spec.role === 'bias',
  kernels: ({ spec }) => spec.role === 'weight' && spec.shape.length > 1,
};

function groupOptions(options: {
  weightDecay: number;
  decay: keyof typeof DECAYS;
  biasRate: number;
}): GroupOptions {
  const decays = DECAYS[options.decay];
  return {
    weightDecay: (parameter) => (decays(parameter) ? options.weightDecay : 0),
    rateScale: ({ spec }) => (spec.role === 'bias' || spec.role === 'offset' ? options.biasRate : 1),
  };
}

/** The optimizer of a checked recipe. */
export function createOptimizer(model: Network, choice: Choice): Optimizer {
  const { name, options } = chosen(choice);
  if (name === 'rmsProp') {
    const { average, ...parsed } = SCHEMAS.rmsProp.parse(options);
    const rule: RmsPropOptions = { decay: average, momentum: parsed.momentum, epsilon: parsed.epsilon };
    return rmsProp(model, { ...rule, ...groupOptions(parsed) });
  }
  if (name === 'sgd') {
    const parsed = SCHEMAS.sgd.parse(options);
    const rule: SgdOptions = { momentum: parsed.momentum, nesterov: parsed.nesterov };
    return sgd(model, { ...rule, ...groupOptions(parsed) });
  }
  const make = { adam, adamw, lamb }[name as 'adam' | 'adamw' | 'lamb'];
  const parsed = SCHEMAS.adam.parse(options);
  const rule: AdamOptions = { beta1: parsed.beta1, beta2: parsed.beta2, epsilon: parsed.epsilon };
  return make(model, { ...rule, ...groupOptions(parsed) });
}
