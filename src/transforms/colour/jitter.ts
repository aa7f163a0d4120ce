import { z } from 'zod';
import { defineTransform } from '../../core/transform.js';
import { probability, rangeIn } from '../schemas.js';
import { type Adjustment, adjust } from './adjust.js';

const strength = (what: string) =>
  z
    .union([z.number().min(0), rangeIn(0, Number.MAX_VALUE)])
    .default(0)
    .describe(`Factors of ${what}: [low, high], or d for [max(0, 1 - d), 1 + d].`);

const options = z.strictObject({
  brightness: strength('brightness'),
  contrast: strength('contrast, about the mean'),
  saturation: strength('saturation'),
  hue: z
    .union([z.number().min(0).max(0.5), rangeIn(-0.5, 0.5)])
    .default(0)
    .describe('Turns of hue: [low, high] within -0.5 and 0.5, or d for [-d, d].'),
  p: probability.default(1),
});

interface Step {
  readonly adjust: Adjustment;
  readonly factor: number;
}

/**
 * Brightness, contrast, saturation and hue by random factors in a random order, as torchvision's ColorJitter. What has
 * no range is left out.
 */
export const colourJitter = defineTransform({
  name: 'colourJitter',
  on: 'intensity',
  options,
  params(_sample, rng, { p, ...ranges }): { steps: Step[] } | null {
    if (!rng.chance(p)) return null;
    const order = rng.permutation(KINDS.length);
    const factors = KINDS.map((kind) => {
      const value = ranges[kind];
      const middle = kind === 'hue' ? 0 : 1;
      const [low, high] =
        typeof value === 'number'
          ? [kind === 'hue' ? -value : Math.max(0, middle - value), middle + value]
          : value;
      return low === middle && high === middle ? undefined : rng.uniform(low, high);
    });
    const steps = KINDS.map((_, position) => order.at(position)).flatMap((chosen): Step[] => {
      const factor = factors[chosen];
      return factor === undefined ? [] : [{ adjust: KINDS[chosen]!, factor }];
    });
    return { steps };
  },
  apply: (raster, { steps }) => steps.reduce((r, step) => adjust(r, step.adjust, step.factor), raster),
});

const KINDS: readonly Adjustment[] = ['brightness', 'contrast', 'saturation', 'hue'];
