import { figures } from '../../core/figures.js';
import type { Network } from '../network.js';
import { chosen } from '../recipe/choice.js';
import type { Recipe } from '../recipe/schema.js';
import type { RunPlan } from './setup.js';

/** What a person should know of a recipe before it runs. */
export function* recipeNotices(
  recipe: Recipe,
  model: Network,
  { batch, base: rate }: RunPlan,
): Generator<string> {
  const { schedule, batch: batches } = recipe;
  const paints = batches.transforms.map((one) => chosen(one)).find(({ name }) => name === 'cueConflict');
  const hasAux = [...model.parameters.keys()].some((name) => name.includes('aux_bn.'));
  if (paints && !hasAux && (paints.options as { view?: string }).view !== 'replace') {
    const message =
      'The network has no auxiliary batch norm (routes: [main, aux]), so painted and clean pictures share their statistics.';
    yield message;
  }
  if (schedule.batch !== undefined && schedule.batch !== batch) {
    const message = `Learning rate ${schedule.rate} for a batch of ${schedule.batch} is ${figures(rate)} for ${batch}.`;
    yield message;
  }
}
