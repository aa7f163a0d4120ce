import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../../core/batch.js';
import { blend, type Label } from '../../core/label.js';
import type { Rng } from '../../core/rng.js';

/**
 * Who is mixed with whom. `batch`: one random order and one strength for all; `element`: a strength for each; `pair`:
 * random couples that get the same strength (with an odd count one stays alone).
 */
export type MixMode = 'batch' | 'element' | 'pair';

/** A draw of partners and strengths: element i becomes `1 - lambda[i]` parts itself and `lambda[i]` its partner. */
export interface Partners {
  readonly permutation: readonly number[];
  readonly lambda: readonly number[];
}

/** Draws partners for `count` elements with lambda from Beta(alpha, alpha). */
export function drawPartners(count: number, mode: MixMode, alpha: number, rng: Rng): Partners {
  const order = rng.at('order').permutation(count).toArray();
  if (mode !== 'pair') {
    const strength = rng.at('lambda');
    const shared = strength.beta(alpha, alpha);
    const lambda = order.map(() => (mode === 'batch' ? shared : strength.beta(alpha, alpha)));
    return { permutation: order, lambda };
  }
  const permutation = order.map((_, index) => index);
  const lambda = new Array<number>(count).fill(0);
  const strength = rng.at('lambda');
  for (let pair = 0; pair + 1 < count; pair += 2) {
    const [a, b] = [order[pair]!, order[pair + 1]!];
    permutation[a] = b;
    permutation[b] = a;
    lambda[a] = strength.beta(alpha, alpha);
    lambda[b] = lambda[a]!;
  }
  return { permutation, lambda };
}

/** Labels after mixing: `1 - lambda[i]` parts of i's own votes and `lambda[i]` of its partner's. */
export function mixLabels(labels: readonly Label[], { permutation, lambda }: Partners): Label[] {
  return labels.map((label, index) => blend(label, labels[permutation[index]!]!, lambda[index]!));
}

/** `[B]` values shaped `[B, 1, …]` so that they multiply a tensor of rank `rank`. */
export function perElement(values: tf.Tensor1D, rank: number): tf.Tensor {
  return tf.reshape(values, [values.shape[0], ...new Array<number>(rank - 1).fill(1)]);
}

/**
 * Elements of a batch in another order. gatherND rather than gather, whose TensorFlow kernel in tfjs reads the indices
 * on the host and so cannot be part of a compiled step.
 */
export function reorder(x: tf.Tensor, permutation: tf.Tensor1D): tf.Tensor {
  return tf.gatherND(x, tf.expandDims(permutation, 1));
}

/** Whether a view is to be mixed: only the main route is, auxiliary views keep their own labels. */
export function mixable(batch: Batch): boolean {
  return batch.route === 'main' && batch.labels.length > 1;
}
