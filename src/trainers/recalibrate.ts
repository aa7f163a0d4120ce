import * as tf from '@tensorflow/tfjs-core';
import type { Route } from '../models/layers/ops.js';
import type { Network } from './network.js';

export interface RecalibrateOptions {
  /** Which statistics; default `main`. */
  readonly route?: Route;
  readonly signal?: AbortSignal;
}

/**
 * Replaces the running statistics by the plain mean over the given batches (AtomNAS: 10 to 16 of them, dropout off).
 * Returns how many batches there were.
 * @throws RangeError without any batch
 */
export async function recalibrate(
  model: Network,
  batches: Iterable<tf.Tensor> | AsyncIterable<tf.Tensor>,
  { route = 'main', signal }: RecalibrateOptions = {},
): Promise<number> {
  let count = 0;
  for await (const batch of batches) {
    signal?.throwIfAborted();
    count++;
    // Momentum 1/n turns the running value into the mean of the first n; the first batch replaces what was there.
    tf.tidy(() => {
      model.apply(batch, { training: true, route, momentum: tf.scalar(1 / count) });
    });
  }
  if (count === 0) throw new RangeError('Expected at least one batch to recalibrate batch statistics with.');
  return count;
}
