import { type AxisWeights, axisWeights } from './filters.js';

/** About 8 MiB; crops of ImageNet's pictures to one size need half of it. */
const MOST_WEIGHTS = 2 ** 20;

const kept = new Map<string, AxisWeights>();
let weights = 0;

/**
 * {@link axisWeights}, or what an earlier call gave for the same: random crops have few different lengths, and making
 * weights takes as long as a tenth of the resampling. Nobody may change them.
 */
export function keptWeights(...wanted: Parameters<typeof axisWeights>): AxisWeights {
  const [span, size, offset, count, filter] = wanted;
  const key = `${span.start} ${span.end} ${span.extent} ${size} ${offset} ${count} ${filter}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = axisWeights(...wanted);
  weights += made.weights.length;
  if (weights > MOST_WEIGHTS) {
    kept.clear();
    weights = made.weights.length;
  }
  kept.set(key, made);
  return made;
}
