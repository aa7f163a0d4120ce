import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { defineBatchTransform } from '../../core/batch.js';
import type { Rng } from '../../core/rng.js';
import { drawPartners, mixable, mixLabels, type Partners, reorder } from './mixing.js';
import { mixOptions } from './mixup.js';

const options = mixOptions.extend({
  /** How many axes before the channels the box spans: 2 for pictures and clips, 3 for volumes. */
  axes: z.int().min(1).max(3).default(2),
});

/** A box per element: first and past-the-end element of each axis, `[start, end, start, end, …]`. */
export type Box = readonly number[];

/** A draw of CutMix; `lambda` is the exact share of pasted elements. */
export interface Cuts extends Partners {
  readonly boxes: readonly Box[];
}

/**
 * The box of the CutMix authors' code around `centre`: each side is the extent times the n-th root of `lambda`, cut to
 * whole elements and clipped at the borders (arXiv 1905.04899, section 3.1; there lambda is what stays).
 */
export function cutBox(extents: readonly number[], centre: readonly number[], lambda: number): Box {
  const ratio = lambda ** (1 / extents.length);
  return extents.flatMap((extent, axis) => {
    const half = Math.floor(Math.trunc(extent * ratio) / 2);
    return [Math.max(0, centre[axis]! - half), Math.min(extent, centre[axis]! + half)];
  });
}

/** Share of the elements of `extents` that lie in the box. */
export function boxShare(box: Box, extents: readonly number[]): number {
  return extents.reduce((share, extent, axis) => (share * (box[2 * axis + 1]! - box[2 * axis]!)) / extent, 1);
}

/**
 * x `[B, …, C]` with box i of element i replaced by the same place of `x[permutation[i]]`. `boxes` is `[B, 2 n]`
 * (int32) for the n axes before the channels. Pure tensor code: inside a compiled step feed both as inputs.
 */
export function cutmixTensor(x: tf.Tensor, permutation: tf.Tensor1D, boxes: tf.Tensor2D): tf.Tensor {
  return tf.tidy(() => {
    const axes = boxes.shape[1] / 2;
    let inside: tf.Tensor | undefined;
    for (let axis = 0; axis < axes; axis++) {
      const dimension = x.rank - 1 - axes + axis;
      const along = (rows: number, values: tf.Tensor) =>
        tf.reshape(
          values,
          x.shape.map((_, d) => (d === 0 ? rows : d === dimension ? -1 : 1)),
        );
      const positions = along(1, tf.range(0, x.shape[dimension]!, 1, 'int32'));
      const [start, end] = [0, 1].map((side) =>
        along(x.shape[0]!, tf.slice(boxes, [0, 2 * axis + side], [-1, 1])),
      );
      const within = tf.logicalAnd(tf.greaterEqual(positions, start!), tf.less(positions, end!));
      inside = inside === undefined ? within : tf.logicalAnd(inside, within);
    }
    return tf.where(tf.broadcastTo(inside!, x.shape), reorder(x, permutation), x);
  });
}

/**
 * CutMix (Yun et al., arXiv 1905.04899): pastes a box of a partner into each element of the main view; the labels are
 * weighted by the exact area that was pasted. Dense targets are pasted alike.
 */
export const cutmix = defineBatchTransform({
  name: 'cutmix',
  options,
  params(batch, rng, { alpha, mode, p, axes }): Cuts | null {
    if (!mixable(batch) || !rng.at('p').chance(p)) return null;
    const { permutation, lambda } = drawPartners(batch.labels.length, mode, alpha, rng);
    const extents = batch.x.shape.slice(batch.x.rank - 1 - axes, -1);
    const boxes = drawBoxes(permutation, lambda, mode, extents, rng.at('box'));
    return { permutation, boxes, lambda: boxes.map((box) => boxShare(box, extents)) };
  },
  apply(batch, cuts) {
    const permutation = tf.tensor1d([...cuts.permutation], 'int32');
    const boxes = tf.tensor2d(cuts.boxes.flat(), [cuts.boxes.length, cuts.boxes[0]!.length], 'int32');
    const x = cutmixTensor(batch.x, permutation, boxes);
    const labels = mixLabels(batch.labels, cuts);
    if (batch.masks === undefined) return { ...batch, x, labels };
    return { ...batch, x, labels, masks: cutmixTensor(batch.masks, permutation, boxes) };
  },
});

/** One box for the batch, one for each element, or one for each couple. */
function drawBoxes(
  permutation: readonly number[],
  lambda: readonly number[],
  mode: 'batch' | 'element' | 'pair',
  extents: readonly number[],
  rng: Rng,
): Box[] {
  const owner = (index: number) =>
    mode === 'batch' ? 0 : mode === 'pair' ? Math.min(index, permutation[index]!) : index;
  return lambda.map((strength, index) => {
    const place = rng.at(owner(index));
    return cutBox(
      extents,
      extents.map((extent) => place.integer(extent)),
      strength,
    );
  });
}
