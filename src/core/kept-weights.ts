import { type AxisWeights, axisWeights, type Filter, type Span } from './filters.js';

/** About 8 MiB; crops of ImageNet's pictures to one size need half of it. */
const MOST_WEIGHTS = 2 ** 20;

const kept = new Map<string, AxisWeights>();
let weights = 0;

/**
 * {@link axisWeights}, or what an earlier call gave for the same: random crops have few different lengths, and making
 * weights takes as long as a tenth of the resampling. Nobody may change them.
 */
export function keptWeights(
  span: Span,
  size: number,
  offset: number,
  count: number,
  filter: Filter,
): AxisWeights {
  const key = `${span.start} ${span.end} ${span.extent} ${size} ${offset} ${count} ${filter}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = axisWeights(span, size, offset, count, filter);
  weights += made.weights.length;
  if (weights > MOST_WEIGHTS) {
    kept.clear();
    weights = made.weights.length;
  }
  kept.set(key, made);
  return made;
}
