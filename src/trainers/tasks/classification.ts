import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Batch } from '../../core/batch.js';
import { UsageError } from '../../core/errors.js';
import { denseTargets, smoothTargets, softCrossEntropy } from '../loss.js';
import { defineTask, type Objective, type Scorer } from './task.js';

const options = z.strictObject({
  /** Moved evenly onto all classes (arXiv 1512.00567). */
  smoothing: z
    .number()
    .min(0)
    .max(0.999)
    .default(0)
    .describe('Label smoothing: weight moved onto all classes.'),
});

/** One class per picture, from the votes of its label; top-1 and top-5. */
export const classification = defineTask({
  name: 'classification',
  schema: options,
  create({ smoothing }, names): Objective {
    const classes = names?.length ?? 0;
    if (classes < 2)
      throw new UsageError(`Expected data of two classes or more to learn from but it has ${classes}.`);
    return {
      classes,
      target: ({ labels }) =>
        tf.tidy(() => {
          const target = denseTargets(labels, classes);
          return smoothing === 0 ? target : smoothTargets(target, smoothing);
        }),
      loss: softCrossEntropy,
      accuracy: (output, target) =>
        tf.mean(tf.cast(tf.equal(tf.argMax(output, -1), tf.argMax(target, -1)), 'float32')) as tf.Scalar,
      scorer: () => classScorer(classes),
      best: { metric: 'top1', higher: true },
    };
  },
});

/** Class with the largest vote; undefined where there is none. */
function truth(batch: Batch, row: number): number | undefined {
  const votes = batch.labels[row]!;
  return votes.length === 0 ? undefined : votes.reduce((a, b) => (b.weight > a.weight ? b : a)).classId;
}

function classScorer(classes: number): Scorer {
  const counts = new Uint32Array(classes * classes);
  let [samples, top1, top5, loss] = [0, 0, 0, 0];
  return {
    async add(output, batch) {
      const logits = (await output.data()) as Float32Array;
      for (let row = 0; row < batch.labels.length; row++) {
        const right = truth(batch, row);
        if (right === undefined) continue;
        const values = logits.subarray(row * classes, (row + 1) * classes);
        const { rank, best } = place(values, right);
        samples++;
        counts[right * classes + best]!++;
        if (rank === 0) top1++;
        if (rank < 5) top5++;
        loss += crossEntropy(values, right);
      }
    },
    scores: () => ({
      samples,
      metrics: { loss: loss / samples, top1: top1 / samples, top5: top5 / samples },
      confusion: { classes, counts },
    }),
  };
}

/** How many classes are above `right` (of equal ones, those before it; of NaN, all), and the first of all. */
function place(values: Float32Array, right: number): { readonly rank: number; readonly best: number } {
  let rank = 0;
  let best = 0;
  for (let classId = 0; classId < values.length; classId++) {
    const value = values[classId]!;
    const below = value < values[right]! || (value === values[right]! && classId >= right);
    if (!below && classId !== right) rank++;
    if (value > values[best]!) best = classId;
  }
  return { rank, best };
}

function crossEntropy(values: Float32Array, right: number): number {
  const most = values.reduce((a, b) => Math.max(a, b));
  const sum = values.reduce((total, value) => total + Math.exp(value - most), 0);
  return most + Math.log(sum) - values[right]!;
}
