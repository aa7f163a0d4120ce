import * as tf from '@tensorflow/tfjs-core';
import { dual, hard, toDense } from '../../../src/core/label.js';
import {
  type DiceOptions,
  denseTargets,
  diceCELoss,
  diceLoss,
  dualLabelLoss,
  fgsm,
  focalLoss,
  generalizedDiceLoss,
  softCrossEntropy,
  tverskyLoss,
} from '../../../src/trainers/index.js';
import { inputOf } from '../case.js';
import type { Builder } from '../compare.js';
import { channelsLast, channelsSecond, scoped } from '../tensors.js';

const oneHot = (labels: ArrayLike<number>, classes: number): tf.Tensor2D =>
  denseTargets(Array.from(labels, hard), classes);

/** Labels of the stylised batch and the loss of arXiv 2010.05981. */
export const dualLabels: Builder = (golden) =>
  scoped(() => {
    const { gamma, perm } = golden.options as { readonly gamma: number; readonly perm: readonly number[] };
    const { shape, data } = inputOf(golden, 'logits');
    const [rows, classes] = shape as [number, number];
    const labels = Array.from(inputOf(golden, 'labels').data);
    const styles = perm.map((index) => labels[index]!);
    const logits = tf.tensor2d(data, [rows, classes]);
    const half = labels.length;
    const first = oneHot([...labels, ...labels], classes);
    const second = oneHot([...labels, ...styles], classes);
    const weight = tf.tensor1d([...labels.map(() => 0), ...labels.map(() => 1 - gamma)]);
    const loss = (x: tf.Tensor) => dualLabelLoss(x, first, second, weight);
    const stylised = tf.slice2d(logits, [half, 0], [half, classes]);
    const tail = <T extends tf.Tensor>(x: T) => tf.slice(x, half);
    const soft = toDense(
      labels.map((label, row) => dual(label, styles[row]!, gamma)),
      classes,
    );
    const outputs = new Map<string, ArrayLike<number>>([
      ['style_labels', styles],
      ['loss_concat', loss(logits).dataSync()],
      ['grad:logits', tf.grad(loss)(logits).dataSync()],
      ['loss_replace', dualLabelLoss(stylised, tail(first), tail(second), tail(weight)).dataSync()],
      ['soft_labels', soft],
      ['loss_soft_equiv', softCrossEntropy(stylised, tf.tensor2d(soft, [half, classes])).dataSync()],
    ]);
    return { outputs };
  });

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/** FGSM on a linear classifier of ImageNet-normalised pictures. */
export const fgsmAttack: Builder = (golden) =>
  scoped(() => {
    const [mean, std] = [tf.tensor1d(MEAN), tf.tensor1d(STD)];
    const x = tf.div(tf.sub(channelsLast(inputOf(golden, 'image')), mean), std);
    const { shape, data } = inputOf(golden, 'w');
    const weights = tf.tensor2d(data, shape as [number, number]);
    const [rows] = x.shape as [number];
    const target = oneHot(inputOf(golden, 'labels', undefined, [rows]).data, shape[0]!);
    // The case flattens [channel, row, column].
    const logits = (input: tf.Tensor) =>
      tf.matMul(tf.reshape(tf.transpose(input, [0, 3, 1, 2]), [rows, -1]), weights, false, true);
    const pixels = Number(/^(\d+)\/255/.exec(String(golden.options.epsilon))?.[1] ?? 16);
    const options = {
      epsilon: STD.map((deviation) => pixels / 255 / deviation),
      low: MEAN.map((value, channel) => -value / STD[channel]!),
      high: MEAN.map((value, channel) => (1 - value) / STD[channel]!),
    };
    const chosen = tf.sum(tf.mul(logits(x), target), 1);
    const outputs = new Map<string, ArrayLike<number>>([
      ['adv', channelsSecond(fgsm(logits, x, target, { ...options, loss: 'logit' }))],
      ['adv_cross_entropy', channelsSecond(fgsm(logits, x, target, options))],
      ['loss_nll', tf.neg(tf.mean(chosen)).dataSync()],
    ]);
    return { outputs };
  });

const DICE: Readonly<Record<string, DiceOptions>> = {
  dice: {},
  dice_nobg: { excludeBackground: true },
  dice_batch: { batch: true },
  dice_squared: { squared: true },
  dice_smooth0: { smoothNumerator: 0 },
};

/** Segmentation losses with MONAI's conventions. */
export const segmentationLosses: Builder = (golden) =>
  scoped(() => {
    const logits = channelsLast(inputOf(golden, 'logits'));
    const classes = logits.shape.at(-1)!;
    const { data } = inputOf(golden, 'labels');
    const target = tf.reshape(oneHot(data, classes), logits.shape);
    const losses: Record<string, (x: tf.Tensor) => tf.Scalar> = {
      ...Object.fromEntries(
        Object.entries(DICE).map(([name, options]) => [name, (x: tf.Tensor) => diceLoss(x, target, options)]),
      ),
      dicece: (x) => diceCELoss(x, target),
      dicece_w: (x) => diceCELoss(x, target, { diceWeight: 0.3, crossEntropyWeight: 0.7 }),
      gdl: (x) => generalizedDiceLoss(x, target),
      focal: (x) => focalLoss(x, target),
      tversky: (x) => tverskyLoss(x, target),
    };
    const outputs = new Map<string, ArrayLike<number>>();
    for (const [name, loss] of Object.entries(losses)) {
      outputs.set(name, loss(logits).dataSync());
      outputs.set(`grad:${name}`, channelsSecond(tf.grad(loss)(logits)));
    }
    return { outputs };
  });
