import { UsageError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import type { ModelConfig } from '../../models/model.js';
import { familyOf } from '../../models/registry.js';
import { chosen } from '../recipe/choice.js';
import { checkRecipe, type ParsedRecipe } from '../recipe/parse.js';
import { type Prospect, prospect } from '../run/prospect.js';
import { baselineArchitecture } from './baselines/baseline.js';
import { randomArchitecture } from './baselines/random.js';
import { type BaselineSearch, isBaseline, retrains, type SearchTarget } from './schema.js';
import { searchSubject } from './subject.js';

/** What a search would take: of each of its trainings what that would take. */
export interface SearchProspect {
  readonly name: string;
  readonly target: SearchTarget | undefined;
  /** Of the search network; one that shrinks takes less and less. Absent for baselines. */
  readonly search?: Prospect;
  /** Of the training from scratch, tried with a network of the target's cost, else with the search network. */
  readonly train?: Prospect;
  /** Seconds of all, and the most bytes. */
  readonly seconds: number;
  readonly memory: number;
}

/**
 * Opens everything that a search needs and tries some steps of its trainings, of which nothing is kept.
 * @throws UsageError for a recipe without a search, and for a target that its networks cannot meet
 */
export async function searchProspect(parsed: ParsedRecipe, signal?: AbortSignal): Promise<SearchProspect> {
  const { search: choice, ...plain } = parsed.recipe;
  if (choice === undefined) throw new UsageError('Expected a recipe with a search section but it has none.');
  const { name, options } = chosen(choice);
  const { target } = options as { readonly target?: SearchTarget };
  const { inputShape, model } = await searchSubject(parsed, signal);
  const tried = async (config: ModelConfig): Promise<Prospect> => {
    const { family, options } = config;
    return prospect(await checkRecipe({ ...plain, model: { [family]: options } }), signal);
  };
  const later = async (): Promise<ModelConfig> => {
    const { seed } = plain;
    if (isBaseline(name))
      return baselineArchitecture(name, options as BaselineSearch, model, {
        inputShape,
        seed,
        ...(signal && { signal }),
      });
    const unit = target?.macs === undefined ? 'params' : 'macs';
    const value = target?.[unit];
    if (value === undefined) return model;
    const whole = { ...model, options: familyOf(model.family).schema.parse(model.options) };
    return randomArchitecture(whole, { inputShape, unit, value, signal }, Rng.of(seed).at('prospect'));
  };
  const found = await later(); // refuses a target out of reach before anything is tried
  const search = isBaseline(name) ? undefined : await tried(model);
  const train = retrains({ name, options }) ? await tried(found) : undefined;
  const both = [search, train].filter((one) => one !== undefined);
  return {
    ...{ name, target },
    ...(search && { search }),
    ...(train && { train }),
    seconds: both.reduce((sum, { seconds }) => sum + seconds, 0),
    memory: Math.max(...both.map(({ memory }) => memory)),
  };
}
