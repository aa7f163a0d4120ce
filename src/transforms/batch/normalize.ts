import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineBatchTransform } from '../../core/batch.js';

/** Channel means and deviations of ImageNet for pictures in [0, 1], as every torchvision model expects. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

const options = z.strictObject({
  /** One mean per channel, or one for all; ImageNet's unless told. */
  mean: z
    .array(z.number())
    .min(1)
    .default([...IMAGENET.mean]),
  /** One deviation per channel, or one for all; ImageNet's unless told. */
  std: z
    .array(z.number().positive())
    .min(1)
    .default([...IMAGENET.std]),
});

/** `(x - mean) / std` over the last dimension of x. Pure tensor code. */
export function normalizeTensor(x: tf.Tensor, mean: readonly number[], std: readonly number[]): tf.Tensor {
  return tf.tidy(() => tf.div(tf.sub(x, tf.tensor1d([...mean])), tf.tensor1d([...std])));
}

/** Normalises channels of every view; comes last, since mixing and style transfer want [0, 1]. */
export const normalize = defineBatchTransform({
  name: 'normalize',
  options,
  params: (_batch, _rng, { mean, std }) => ({ mean, std }),
  apply(batch, { mean, std }) {
    const count = batch.x.shape[batch.x.rank - 1]!;
    for (const values of [mean, std]) {
      if (values.length !== 1 && values.length !== count) {
        throw new Error(`expected 1 or ${count} channel values but received ${values.length}.`);
      }
    }
    return { ...batch, x: normalizeTensor(batch.x, mean, std) };
  },
});
