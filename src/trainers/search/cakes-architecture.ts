import { UsageError } from '../../core/errors.js';
import { type CakesSplit, MIXED_OPS, type MixedOp } from '../../models/cakes/cakes.js';
import { pruneLayer } from '../../models/cakes/cakes-prune.js';
import type { Shape } from '../../models/layers/shape.js';
import type { ModelConfig } from '../../models/model.js';
import { countModel } from '../../models/registry.js';

export interface CakesArchitectureOptions {
  /** Of one sample, for which costs count. */
  readonly inputShape: Shape;
  /** What the network may cost; without it |γ| alone decides. */
  readonly target?: CakesTarget;
}

export interface CakesTarget {
  readonly unit: 'macs' | 'params';
  readonly value: number;
  /** Take the cheapest or the dearest network where none costs so little or so much. */
  readonly orNearest?: boolean;
}

const BISECTIONS = 40;

/**
 * The network that a CAKES search found: per layer the channels with the largest |γ|, as many as it has. With a target,
 * the largest |γ| less a price times the share of the layer's costliest branch, one price for the whole network, such
 * that it costs what it may (our addition: the paper has no target).
 *
 * @param scales γ of each layer in the order of the splits, branches joined in order
 * @throws UsageError when no split reaches the target, unless the nearest will do
 */
export function cakesArchitecture(
  config: ModelConfig,
  scales: readonly Float32Array[],
  { inputShape, target }: CakesArchitectureOptions,
): ModelConfig {
  const { op, priority: _, ...options } = config.options as { op: MixedOp; priority?: unknown };
  const withSplits = (splits: readonly CakesSplit[]): ModelConfig => ({
    family: config.family,
    options: { ...options, op, search: false, splits },
  });
  const sizes = MIXED_OPS[op].map((branch) => branch.split('k').length - 1).map((axes) => 3 ** axes);
  const largest = Math.max(...sizes);
  const chosen = (price: number): ModelConfig =>
    withSplits(
      scales.map((gamma) => {
        const part = gamma.length / sizes.length;
        const strongest = Math.max(...gamma.map(Math.abs));
        const scores = gamma.map((value, index) => {
          const share = sizes[Math.floor(index / part)]! / largest;
          // Only the order counts, and none may be below 0: cheap branches get more, or dear ones.
          return Math.abs(value) + strongest * Math.abs(price) * (price > 0 ? 1 - share : share);
        });
        return exactly(op, scores, part);
      }),
    );
  if (target === undefined) return chosen(0);
  const costOf = (found: ModelConfig): number => countModel(found, inputShape)[target.unit];
  let [low, high] = [-2, 2];
  const [most, least] = [costOf(chosen(low)), costOf(chosen(high))];
  if (!target.orNearest && (target.value > most || target.value < least)) {
    throw new UsageError(
      `Expected a target from ${least} to ${most} ${target.unit} for this search network but received ${target.value}.`,
    );
  }
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2;
    if (costOf(chosen(middle)) > target.value) low = middle;
    else high = middle;
  }
  return [chosen(low), chosen(high)].reduce((a, b) =>
    Math.abs(costOf(a) - target.value) <= Math.abs(costOf(b) - target.value) ? a : b,
  );
}

/** The published selection; channels that tie with the weakest survivor are counted off in order. */
function exactly(op: MixedOp, scores: Float32Array, count: number): CakesSplit {
  const { kept, threshold } = pruneLayer(op, scores);
  const above = kept.filter((index) => scores[index]! > threshold);
  const tied = kept.filter((index) => scores[index] === threshold).slice(0, count - above.length);
  const survivors = [...above, ...tied];
  return Object.fromEntries(
    MIXED_OPS[op].map((branch, at) => [
      branch,
      survivors.filter((index) => Math.floor(index / count) === at).length,
    ]),
  );
}
