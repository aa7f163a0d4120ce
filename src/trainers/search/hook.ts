import type { Shape } from '../../models/layers/shape.js';
import type { ModelConfig } from '../../models/model.js';
import type { Network } from '../network.js';
import { type Choice, chosen } from '../recipe/choice.js';
import type { Hook } from '../run/hooks.js';
import { AtomNASHook } from './atomnas-hook.js';
import { AutoNLHook } from './autonl-hook.js';
import { CakesHook } from './cakes-hook.js';
import type { SearchRecord } from './records.js';
import type { AtomNASSearch, AutoNLSearch, CakesSearch } from './schema.js';

/** A search as a part of a training. */
export interface SearchHook extends Hook {
  readonly records: readonly SearchRecord[];
  /** The network that a trained search network stands for. */
  architecture(model: Network): Promise<ModelConfig>;
}

type Create = (options: unknown, inputShape: Shape) => SearchHook;

const CREATE: Readonly<Record<string, Create>> = {
  atomnas: (options, shape) => new AtomNASHook(options as AtomNASSearch, shape),
  autonl: (options, shape) => new AutoNLHook(options as AutoNLSearch, shape),
  cakes: (options, shape) => new CakesHook(options as CakesSearch, shape),
};

/** The hook of the search that a recipe's choice names; costs count for samples of `inputShape`. */
export function searchHook(choice: Choice, inputShape: Shape): SearchHook {
  const { name, options } = chosen(choice);
  return CREATE[name]!(options, inputShape);
}
