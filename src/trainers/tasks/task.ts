import type * as tf from '@tensorflow/tfjs-core';
import type { z } from 'zod';
import type { Batch } from '../../core/batch.js';
import type { Raster } from '../../core/sample.js';

/** Counts of predictions by true class: row = truth, column = prediction. */
export interface Confusion {
  readonly classes: number;
  /** `classes * classes` counts, row by row. */
  readonly counts: Uint32Array;
}

/** What a validation found. */
export interface Scores {
  /** Numbers by name, such as `loss` and `top1`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly samples: number;
  readonly confusion?: Confusion;
}

/** Collects scores batch by batch. */
export interface Scorer {
  /** The network's output for a batch; rows beyond the batch's labels are padding and do not count. */
  add(output: tf.Tensor, batch: Batch): Promise<void>;
  /** Whole maps of class ids, where the task predicts such: what was found and what is true, of one size. */
  addMap?(prediction: Raster, truth: Raster, id: string): void;
  scores(): Scores;
}

/** What is learnt: targets, loss and scores of one run. Tensor functions are pure, so that a compiled step can hold them. */
export interface Objective {
  /** Outputs that the network must have. */
  readonly classes: number;
  /** A view's dense target; its owner disposes it. */
  target(view: Batch): tf.Tensor;
  /** Mean loss over the rows of a view. */
  loss(output: tf.Tensor, target: tf.Tensor): tf.Scalar;
  /** Share of what was predicted right, 0 to 1. */
  accuracy(output: tf.Tensor, target: tf.Tensor): tf.Scalar;
  scorer(): Scorer;
  /** The score that tells the best checkpoint. */
  readonly best: { readonly metric: string; readonly higher: boolean };
}

/** A kind of learning that a recipe can name. */
export interface Task {
  readonly name: string;
  readonly schema: z.ZodType;
  /** @param classes names of the data's classes, where it has some */
  create(options: unknown, classes: readonly string[] | undefined): Objective;
}

/** Turns a typed definition into a registry's entry. */
export function defineTask<S extends z.ZodType>(definition: {
  readonly name: string;
  readonly schema: S;
  create(options: z.output<S>, classes: readonly string[] | undefined): Objective;
}): Task {
  const { name, schema, create } = definition;
  return { name, schema, create: (options, classes) => create(schema.parse(options), classes) };
}
