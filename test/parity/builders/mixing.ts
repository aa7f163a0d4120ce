import * as tf from '@tensorflow/tfjs-core';
import { dual, hard, type Label } from '../../../src/core/label.js';
import { denseTargets, softCrossEntropy } from '../../../src/trainers/index.js';
import { boxShare, cutBox, cutmixTensor } from '../../../src/transforms/batch/cutmix.js';
import { mixLabels } from '../../../src/transforms/batch/mixing.js';
import { mixupTensor } from '../../../src/transforms/batch/mixup.js';
import { inputOf } from '../case.js';
import type { Builder } from '../compare.js';
import { channelsLast, channelsSecond, scoped } from '../tensors.js';

interface MixOptions {
  readonly lam_sampled: number;
  readonly perm: readonly number[];
  readonly box_centre_hw: readonly [number, number] | null;
  readonly half: boolean;
  readonly multi_grid: boolean;
  readonly label_gamma: number | null;
}

const first = (label: Label): number => label[0]!.classId;
const second = (label: Label): number => label.at(-1)!.classId;
const weight = (label: Label): number => (label.length === 1 ? 0 : label.at(-1)!.weight);

/** Mixup and CutMix of a batch, or of the clean half of a debiased batch. */
export const mixing: Builder = (golden) =>
  scoped(() => {
    const options = golden.options as unknown as MixOptions;
    const { perm, lam_sampled: sampled, box_centre_hw: centre, half, multi_grid: multiGrid } = options;
    const x = channelsLast(inputOf(golden, 'input'));
    const [, height, width] = x.shape as [number, number, number];
    const permutation = tf.tensor1d([...perm], 'int32');
    const box = centre === null ? undefined : cutBox([height, width], centre, sampled);
    const share = box === undefined ? sampled : boxShare(box, [height, width]);
    const mixed =
      box === undefined
        ? mixupTensor(x, permutation, tf.fill([perm.length], sampled))
        : cutmixTensor(
            x,
            permutation,
            tf.tensor2d(
              perm.map(() => [...box]),
              undefined,
              'int32',
            ),
          );
    const contents = Array.from(inputOf(golden, 'labels').data);
    const labels = mixLabels(contents.map(hard), { permutation: perm, lambda: perm.map(() => share) });
    const styles = half ? Array.from(inputOf(golden, 'style_labels').data) : [];
    const gamma = options.label_gamma ?? 1;
    const all = [...labels, ...styles.map((style, row) => dual(contents[row]!, style, gamma))];
    const classes = golden.inputs.find(({ name }) => name === 'labels')!.mod!;
    const target = denseTargets(all, classes);
    const logits = tf.tensor2d(inputOf(golden, 'logits', undefined, target.shape).data, target.shape);
    const loss = (value: tf.Tensor) => softCrossEntropy(value, target);
    const styled = half ? channelsLast(inputOf(golden, 'stylized')) : undefined;
    const pictures: [string, tf.Tensor][] =
      styled === undefined
        ? [['x', mixed]]
        : multiGrid
          ? [
              ['x_clean', mixed],
              ['x_styled', styled],
            ]
          : [['x', tf.concat([mixed, styled])]];
    const outputs = new Map<string, ArrayLike<number>>([
      ...pictures.map(([name, value]) => [name, channelsSecond(value)] as const),
      ['label_a', all.map(first)],
      ['label_b', all.map(second)],
      ['weight_b', all.map(weight)],
      ['loss', loss(logits).dataSync()],
      ['grad:logits', tf.grad(loss)(logits).dataSync()],
    ]);
    return { outputs };
  });
