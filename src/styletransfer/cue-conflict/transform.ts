import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { type Batch, type BatchTransformFactory, defineBatchTransform } from '../../core/batch.js';
import { UsageError } from '../../core/errors.js';
import { blend, type Label, type Vote } from '../../core/label.js';
import type { Rng } from '../../core/rng.js';
import { length, probability, rangeIn } from '../../transforms/schemas.js';
import type { TensorStylizer } from '../network/tensor-stylizer.js';
import type { StyleBank } from './bank.js';
import { cueConflictTensor, shrunk } from './paint.js';

const unit = z.number().min(0).max(1);

/** Options of `cueConflict`. */
export const cueConflictOptions = z.strictObject({
  /** Weight of the shape label: 0.8 debiased, 1 shape-biased, 0 texture-biased (arXiv 2010.05981, section 3.2). */
  gamma: unit.default(0.8),
  /** Strength of the style; of [low, high] each picture draws its own. */
  alpha: z.union([unit, rangeIn(0, 1)]).default(0.5),
  /** Who lends styles within a batch: a permutation, as in the paper, or one that leaves nobody its own style. */
  pairing: z.enum(['permutation', 'derangement']).default('permutation'),
  /** Shorter side of the painted view in pixels; the batch's own unless told. */
  size: length.min(16).exactOptional(),
  /** `add`: the batch, and the painted view for the auxiliary route; `replace`: the painted view alone, as main view. */
  view: z.enum(['add', 'replace']).default('add'),
  /** Clip painted pictures to [0, 1]; the paper's code does not. */
  clip: z.boolean().default(false),
  /** Probability that a batch gets a painted view at all. */
  p: probability.default(1),
});

/** A draw of cue conflict: for each element the place of its style, in the batch or in the bank, and its strength. */
export interface CueDraw {
  readonly from: 'batch' | 'bank';
  readonly styles: readonly number[];
  readonly alpha: readonly number[];
  readonly gamma: number;
  readonly size: number | null;
  readonly view: 'add' | 'replace';
  readonly clip: boolean;
}

/** Cue conflict as a batch transform; see {@link cueConflictBy}. */
export type CueConflict = BatchTransformFactory<typeof cueConflictOptions, CueDraw>;

/**
 * In-loop cue conflict by a network (Li et al., arXiv 2010.05981, section 3): the transform `cueConflict` paints the
 * main view, not yet normalised, with styles of its own batch or of a bank, and labels it by shape and texture. It
 * comes before Mixup and CutMix, which then change the clean view alone. Throws UsageError for a bank of another network.
 *
 * @example
 * const cueConflict = cueConflictBy(await loadTensorStylizer());
 * runBatch(batch, [cueConflict({ gamma: 0.8 }), mixup(), normalize()], rng); // [main, aux]
 */
export function cueConflictBy(stylizer: TensorStylizer, bank?: StyleBank): CueConflict {
  if (bank !== undefined && bank.network !== stylizer.name)
    throw new UsageError(`Expected styles encoded by ${stylizer.name} but ${bank.network} encoded them.`);
  return defineBatchTransform({
    name: 'cueConflict',
    options: cueConflictOptions,
    params(batch, rng, { gamma, alpha, pairing, size = null, view, clip, p }): CueDraw | null {
      if (batch.route !== 'main' || !rng.at('p').chance(p)) return null;
      const count = batch.labels.length;
      const among = rng.at('style');
      const styles =
        bank === undefined
          ? permutation(count, pairing, among)
          : Array.from({ length: count }, () => among.integer(bank.ids.length));
      const strength = rng.at('alpha');
      const [low, high] = typeof alpha === 'number' ? [alpha, alpha] : alpha;
      return {
        from: bank === undefined ? 'batch' : 'bank',
        styles,
        alpha: styles.map(() => strength.uniform(low, high)),
        gamma,
        size,
        view,
        clip,
      };
    },
    apply(batch, draw) {
      if ((draw.from === 'bank') !== (bank !== undefined))
        throw new Error(`expected a draw of this transform's styles but it is one from a ${draw.from}.`);
      const side = draw.size ?? undefined;
      const painted = cueConflictTensor(stylizer, batch.x, {
        source: bank === undefined ? { from: 'batch' } : { from: 'bank', bank: bank.statistics },
        styles: tf.tensor1d([...draw.styles], 'int32'),
        alpha: tf.tensor1d([...draw.alpha]),
        side,
      });
      const view: Batch = {
        ...batch,
        x: draw.clip ? tf.clipByValue(painted, 0, 1) : painted,
        labels: cueLabels(batch.labels, draw, bank),
        ...(batch.masks && { masks: shrunkMasks(batch.masks, side) }),
      };
      return draw.view === 'replace' ? view : [batch, { ...view, route: 'aux' }];
    },
  });
}

/**
 * Labels of a painted view: `gamma` parts of the votes for the shape and `1 - gamma` of the style's for the texture.
 * Styles without labels leave the votes for the shape alone.
 */
export function cueLabels(
  labels: readonly Label[],
  { styles, gamma }: Pick<CueDraw, 'styles' | 'gamma'>,
  bank?: Pick<StyleBank, 'labels'>,
): Label[] {
  const textures = bank === undefined ? labels : bank.labels;
  return labels.map((label, index) => {
    const shape = withCue(label, 'shape');
    const texture = textures?.[styles[index]!];
    return texture === undefined ? shape : blend(shape, withCue(texture, 'texture'), 1 - gamma);
  });
}

function withCue(label: Label, cue: NonNullable<Vote['cue']>): Label {
  return label.map((vote) => ({ ...vote, cue }));
}

/** Uniform among all permutations, or among those without a fixed point (about e tries; one element has none). */
function permutation(count: number, pairing: 'permutation' | 'derangement', rng: Rng): number[] {
  for (;;) {
    const order = rng.permutation(count).toArray();
    if (pairing === 'permutation' || count < 2 || order.every((style, index) => style !== index))
      return order;
  }
}

function shrunkMasks(masks: tf.Tensor, side: number | undefined): tf.Tensor {
  const small = shrunk(masks, side);
  return tf.reshape(small, [...masks.shape.slice(0, -3), ...small.shape.slice(1)]);
}
