import { setImmediate as nextTurn } from 'node:timers/promises';
import { UsageError } from '../../../core/errors.js';
import type { Shape } from '../../../models/layers/shape.js';
import type { ModelConfig } from '../../../models/model.js';
import { countModel } from '../../../models/registry.js';
import { TOLERANCE } from '../target.js';

/** What a network may cost, for samples of `inputShape`. */
export interface CostBudget {
  readonly inputShape: Shape;
  readonly unit: 'macs' | 'params';
  readonly value: number;
  /** Stops the search for a size. */
  readonly signal?: AbortSignal | undefined;
}

/** A network by how much of everything it has: its cost never falls as `size`, 0 to 1, grows. */
export type Sized = (size: number) => ModelConfig;

const BISECTIONS = 30;
const NAMES = { macs: 'multiply-accumulates', params: 'parameters' } as const;

const distance = (cost: number, value: number): number => Math.abs(cost / value - 1);

/** The size whose cost comes nearest to the budget, by bisection between the smallest and the largest. */
async function nearest(
  costOf: (size: number) => number,
  value: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let [low, high] = [0, 1];
  for (let step = 0; step < BISECTIONS; step++) {
    await nextTurn(); // counting a large network takes a while
    signal?.throwIfAborted();
    const middle = (low + high) / 2;
    if (costOf(middle) > value) high = middle;
    else low = middle;
  }
  return distance(costOf(low), value) <= distance(costOf(high), value) ? low : high;
}

/**
 * The first of the candidates whose nearest size is within 3 % of the budget; the event loop stays free.
 * @throws UsageError with the nearest cost when none is, or a candidate's smallest or largest size is beyond it
 */
export async function firstWithin(
  candidates: Iterable<Sized>,
  { inputShape, unit, value, signal }: CostBudget,
): Promise<ModelConfig> {
  let best = Number.NaN;
  for (const sized of candidates) {
    const costOf = (size: number): number => countModel(sized(size), inputShape)[unit];
    const size = await nearest(costOf, value, signal);
    const cost = costOf(size);
    if (distance(cost, value) <= TOLERANCE) return sized(size);
    if (!(distance(cost, value) >= distance(best, value))) best = cost;
    if (costOf(0) > value || costOf(1) < value) break; // so it is for the others
  }
  throw new UsageError(
    `Expected a target that networks of this kind come within 3 % of but received ${value} ${NAMES[unit]}; the nearest has ${best}.`,
  );
}
