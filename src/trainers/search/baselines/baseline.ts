import { Rng } from '../../../core/rng.js';
import type { Shape } from '../../../models/layers/shape.js';
import type { ModelConfig } from '../../../models/model.js';
import { familyOf } from '../../../models/registry.js';
import type { BaselineSearch } from '../schema.js';
import type { CostBudget } from './budget.js';
import { randomArchitecture } from './random.js';
import { widthArchitecture } from './width.js';

/**
 * The network of a baseline at its target: drawn at random from the space of the recipe's search network, or its plain
 * form with scaled widths.
 * @param seed the recipe's: another one draws another network
 * @throws UsageError for a network that is no search network, and for a target out of reach
 */
export async function baselineArchitecture(
  name: 'random' | 'width',
  { target }: BaselineSearch,
  { family, options }: ModelConfig,
  {
    inputShape,
    seed,
    signal,
  }: { readonly inputShape: Shape; readonly seed: number; readonly signal?: AbortSignal },
): Promise<ModelConfig> {
  const config = { family, options: familyOf(family).schema.parse(options) };
  const unit = target.macs === undefined ? 'params' : 'macs';
  const budget: CostBudget = { inputShape, unit, value: target[unit]!, signal };
  if (name === 'width') return widthArchitecture(config, budget);
  return randomArchitecture(config, budget, Rng.of(seed).at('architecture'));
}
