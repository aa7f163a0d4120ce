import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Batch } from '../../core/batch.js';
import { UsageError } from '../../core/errors.js';
import type { Raster } from '../../core/sample.js';
import { diceCELoss, diceLoss, voxelCrossEntropy } from '../segmentation-loss.js';
import { defineTask, type Objective, type Scorer } from './task.js';

const options = z.strictObject({
  /** Classes with the background, which is class 0. */
  classes: z.int().min(2).max(1000).describe('Number of classes, background included.'),
  loss: z.enum(['diceCE', 'dice', 'crossEntropy']).default('diceCE'),
});

const LOSSES = { diceCE: diceCELoss, dice: diceLoss, crossEntropy: voxelCrossEntropy } as const;

/** A class for each position of a picture or volume; the score is the mean Dice of the classes but the background. */
export const segmentation = defineTask({
  name: 'segmentation',
  schema: options,
  create: ({ classes, loss }): Objective => ({
    classes,
    target: (view) => oneHot(view, classes),
    loss: (output, target) => LOSSES[loss](output, target),
    accuracy: (output, target) =>
      tf.mean(tf.cast(tf.equal(tf.argMax(output, -1), tf.argMax(target, -1)), 'float32')) as tf.Scalar,
    scorer: () => diceScorer(classes),
    best: { metric: 'dice', higher: true },
  }),
});

/** Masks of class ids `[…, 1]` as one-hot floats `[…, classes]`; masks that were mixed are one-hot already. */
function oneHot({ masks, ids }: Batch, classes: number): tf.Tensor {
  if (masks === undefined) throw new UsageError(`Expected samples with masks but ${ids[0]} has none.`);
  if (masks.shape.at(-1) === classes) return tf.clone(masks);
  return tf.tidy(() => tf.cast(tf.oneHot(tf.cast(tf.squeeze(masks, [-1]), 'int32'), classes), 'float32'));
}

/** Dice of every class and sample, averaged over the samples that have the class, then over classes (as MONAI does). */
function diceScorer(classes: number): Scorer {
  const sums = new Float64Array(classes);
  const seen = new Uint32Array(classes);
  let samples = 0;
  const count = (
    both: ArrayLike<number>,
    guesses: ArrayLike<number>,
    truths: ArrayLike<number>,
    from = 0,
  ) => {
    samples++;
    for (let classId = 1; classId < classes; classId++) {
      const at = from + classId;
      if (truths[at] === 0) continue;
      sums[classId]! += (2 * both[at]!) / (guesses[at]! + truths[at]!);
      seen[classId]!++;
    }
  };
  return {
    async add(output, batch) {
      const [overlap, predicted, actual] = tf.tidy(() => {
        const truth = oneHot(batch, classes);
        const guess = tf.cast(tf.oneHot(tf.argMax(output, -1), classes), 'float32');
        const space = truth.shape.map((_, axis) => axis).slice(1, -1);
        return [tf.mul(truth, guess), guess, truth].map((x) => tf.sum(x, space)) as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
      }) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const [both, guesses, truths] = await Promise.all([overlap, predicted, actual].map((x) => x.data()));
      tf.dispose([overlap, predicted, actual]);
      for (let row = 0; row < batch.labels.length; row++) count(both!, guesses!, truths!, row * classes);
    },
    addMap(prediction, truth, id) {
      const { both, guesses, truths } = overlaps(prediction, truth, classes, id);
      count(both, guesses, truths);
    },
    scores() {
      const each = Array.from(sums, (sum, classId) => sum / seen[classId]!);
      const present = each.filter((value) => Number.isFinite(value));
      const metrics = Object.fromEntries(
        each.flatMap((value, classId) =>
          Number.isFinite(value) ? [[`dice${classId}`, value] as const] : [],
        ),
      );
      const dice = present.reduce((sum, value) => sum + value, 0) / present.length;
      return { samples, metrics: { dice, ...metrics } };
    },
  };
}

/** Elements of each class: predicted, true, and both. */
function overlaps(prediction: Raster, truth: Raster, classes: number, id: string) {
  const [guesses, truths, both] = [0, 1, 2].map(() => new Float64Array(classes)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  if (`${prediction.shape}` !== `${truth.shape}`)
    throw new UsageError(`Expected a mask of [${prediction.shape}] for ${id} but received [${truth.shape}].`);
  for (let at = 0; at < truth.data.length; at++) {
    const [guess, classId] = [prediction.data[at]!, truth.data[at]!];
    if (classId < 0 || classId >= classes)
      throw new UsageError(`Expected class ids below ${classes} in the mask of ${id} but found ${classId}.`);
    guesses[guess]!++;
    truths[classId]!++;
    if (guess === classId) both[classId]!++;
  }
  return { both, guesses, truths };
}
