import type { LayerCount, NetworkCount } from './count.js';
import type { Shape } from './layers/shape.js';
import { type ModelConfig, parseOptions } from './model.js';
import { countModel, familyOf } from './registry.js';

/** A network's account as the family's paper counts. */
export interface ModelDescription extends NetworkCount {
  readonly inputShape: Shape;
  /** The whole configuration, defaults filled in. */
  readonly config: ModelConfig;
  /** Lines that the paper does not count have 0 multiply-accumulates. */
  readonly layers: readonly LayerCount[];
}

/** Counts a network layer by layer, so that the lines add up to the totals. @throws UsageError */
export function describeModel(config: ModelConfig, inputShape?: Shape): ModelDescription {
  const family = familyOf(config.family);
  const count = countModel(config, inputShape);
  const isCounted = ({ kind }: LayerCount) =>
    family.counting === 'mobile' || kind === 'conv' || kind === 'linear';
  const layers = count.layers.map((layer) => (isCounted(layer) ? layer : { ...layer, macs: 0 }));
  return {
    ...count,
    layers,
    config: { family: config.family, options: parseOptions(family, config.options) },
  };
}
