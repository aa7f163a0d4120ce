import { dual, hard, type Label, toDense } from '../../../src/core/label.js';
import type { Model } from '../../../src/models/index.js';
import { sgdRule } from '../../../src/trainers/index.js';
import { leaf } from '../../reference/tape.js';
import { stylizeBatch } from '../../reference/vgg.js';
import { type GoldenCase, inputOf } from '../case.js';
import { channelsLast, scoped } from '../tensors.js';
import { networks } from './adain.js';
import { type ExactStep, type ExactView, trainExactly } from './exact-training.js';

/** What a case of whole debiased iterations says. */
export interface IterationOptions {
  readonly model: string;
  readonly perm_per_step: readonly (readonly number[])[];
  readonly multi_grid_size: number | null;
  readonly gamma: number;
  readonly alpha: number;
}

export interface SgdRecipe {
  readonly lr: number;
  readonly momentum: number;
  readonly weight_decay: number;
  readonly nesterov: boolean;
}

export const MEAN = [0.485, 0.456, 0.406];
export const STD = [0.229, 0.224, 0.225];

/** The case with salt and gain of its style network. */
export const styleOf = (golden: GoldenCase): GoldenCase => ({
  ...golden,
  salt: golden.style_salt as string,
  gain: golden.style_gain as number,
});

/** Labels of a step: of the pictures as they are, and of the painted ones. */
export function votesOf(
  golden: GoldenCase,
  order: readonly number[],
  step: number,
): { readonly clean: Label[]; readonly styled: Label[] } {
  const { gamma } = golden.options as unknown as IterationOptions;
  const contents = Array.from(inputOf(golden, 'labels<t>', step).data);
  const styled = contents.map((label, row) => dual(label, contents[order[row]!]!, gamma));
  return { clean: contents.map(hard), styled };
}

const normalize = ({ shape, data }: ExactView['x']): ExactView['x'] => ({
  shape,
  data: Float64Array.from(data, (value, i) => (value - MEAN[i % 3]!) / STD[i % 3]!),
});

/** A step's pictures, channels last. */
const picturesOf = (golden: GoldenCase, step: number): ExactView['x'] =>
  scoped(() => {
    const images = channelsLast(inputOf(golden, 'image<t>', step));
    return { shape: images.shape, data: images.dataSync() };
  });

/** The iterations in float64, style transfer and all, from the weights that the model holds now; see `Outcome.exact`. */
export function iterateExactly(
  golden: GoldenCase,
  model: Model,
  classes: number,
): (shaken?: number) => ReadonlyMap<string, ArrayLike<number>> {
  const {
    alpha,
    multi_grid_size: grid,
    perm_per_step: orders,
  } = golden.options as unknown as IterationOptions;
  const { lr: learningRate, weight_decay: weightDecay, ...momentum } = golden.optimizer as SgdRecipe;
  const steps = (): readonly ExactStep[] => {
    const values = scoped(
      () =>
        new Map(
          [...networks(styleOf(golden))].map(([name, each]) => [name, leaf(each.shape, each.dataSync())]),
        ),
    );
    return orders.map((order, step) => {
      const pictures = picturesOf(golden, step);
      const style = { order, alpha, ...(grid === null ? {} : { side: grid }) };
      const painted = stylizeBatch(pictures, (name) => values.get(name)!, style);
      const { clean, styled } = votesOf(golden, order, step);
      return [
        { x: normalize(pictures), target: toDense(clean, classes), route: 'main' },
        { x: normalize(painted), target: toDense(styled, classes), route: 'aux' },
      ];
    });
  };
  const rule = sgdRule(momentum);
  return trainExactly(model, steps, { rule, learningRate, weightDecay }, normalize(picturesOf(golden, 0)));
}
