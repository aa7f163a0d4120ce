import * as tf from '@tensorflow/tfjs-core';
import type { Label } from '../../../src/core/label.js';
import { type Model, resnet, stateDict } from '../../../src/models/index.js';
import { adain, moments } from '../../../src/styletransfer/network/adain.js';
import { vggDecode, vggEncode } from '../../../src/styletransfer/network/vgg.js';
import { type StepView, sgd, tasks, trainingStep } from '../../../src/trainers/index.js';
import { inputOf } from '../case.js';
import type { Builder } from '../compare.js';
import { channelsLast, channelsSecond, fill } from '../tensors.js';
import { networks } from './adain.js';
import {
  type IterationOptions,
  iterateExactly,
  MEAN,
  type SgdRecipe,
  STD,
  styleOf,
  votesOf,
} from './debiased-exact.js';
import { blockOf } from './resnet.js';

const normalize = (x: tf.Tensor): tf.Tensor => tf.div(tf.sub(x, tf.tensor1d(MEAN)), tf.tensor1d(STD));

/** Nearest neighbour with source index floor(i · in / out). */
function shrinkNearest(x: tf.Tensor4D, size: number): tf.Tensor4D {
  const [, height, width] = x.shape;
  return height === size && width === size ? x : tf.image.resizeNearestNeighbor(x, [size, size]);
}

/** Training-mode logits of all views; the running statistics stay as they were. */
function logitsOf(model: Model, views: readonly StepView[]): tf.Tensor {
  const statistics = [...model.variables.values()].filter(({ trainable }) => !trainable);
  const before = statistics.map((variable) => tf.clone(variable));
  const logits = views.map(({ x, route }) => model.apply(x, { training: true, route }));
  statistics.forEach((variable, index) => {
    variable.assign(before[index]!);
  });
  return tf.concat(logits);
}

const first = (label: Label): number => label[0]!.classId;

/** Whole iterations of shape-texture debiased training: style transfer in the batch, MixBN, dual labels, SGD. */
export const debiasedIteration: Builder = async (golden) => {
  const options = golden.options as unknown as IterationOptions;
  const { alpha, multi_grid_size: grid, perm_per_step: orders } = options;
  const [, stages = '1,1,1,1'] = /\[([\d,]+)\]/.exec(options.model) ?? [];
  const classes = golden.inputs.find(({ mod }) => mod !== undefined)!.mod!;
  const layers = JSON.parse(`[${stages}]`) as [number, number, number, number];
  const model = fill(
    resnet({ block: blockOf(options.model), layers, classes, routes: ['main', 'aux'] }),
    golden,
  );
  const variables = networks(styleOf(golden));
  const parameter = (name: string) => variables.get(name)!;
  const recipe = golden.optimizer as SgdRecipe;
  const optimizer = sgd(model, { ...recipe, weightDecay: recipe.weight_decay });
  const exact = iterateExactly(golden, model, classes);
  const names = Array.from({ length: classes }, (_, index) => `class ${index}`);
  const objective = tasks.get('classification').create({}, names);
  const training = trainingStep({ model, optimizer, objective });
  const outputs = new Map<string, ArrayLike<number>>();
  const losses: number[] = [];
  for (const [step, order] of orders.entries()) {
    const { clean, styled } = votesOf(golden, order, step);
    const styleLabels = order.map((index) => first(clean[index]!));
    const labels: Label[] = [...clean, ...styled];
    const views = tf.tidy(() => {
      const x = channelsLast(inputOf(golden, 'image<t>', step)) as tf.Tensor4D;
      const features = vggEncode(parameter, grid === null ? x : shrinkNearest(x, grid));
      const styles = tf.gather(features, tf.tensor1d([...order], 'int32')) as tf.Tensor4D;
      const stylized = vggDecode(parameter, adain(features, moments(styles), alpha));
      const view = (pictures: tf.Tensor, votes: readonly Label[], route: 'main' | 'aux') => ({
        x: normalize(pictures),
        target: objective.target({ x: pictures, labels: votes, ids: [], route, trace: [] }),
        route,
      });
      const made = [view(x, clean, 'main'), view(stylized, styled, 'aux')];
      outputs.set(`stylized${step}`, channelsSecond(stylized));
      outputs.set(`logits${step}`, logitsOf(model, made).dataSync());
      return made;
    });
    const numbers = { rate: recipe.lr, decay: 0, seed: [0, 0], hooks: {} } as const;
    losses.push((await training.run([views], numbers)).loss);
    tf.dispose(views.flatMap(({ x, target }) => [x, target]));
    outputs.set(`label_a${step}`, labels.map(first));
    // Clean rows give their second label no weight: the style of their row, or class 0 where the passes are separate.
    outputs.set(`label_b${step}`, [
      ...styleLabels.map((label) => (grid === null ? label : 0)),
      ...styleLabels,
    ]);
    outputs.set(
      `weight_b${step}`,
      labels.map((label) => (label.length === 1 ? 0 : label[1]!.weight)),
    );
  }
  outputs.set('losses', losses);
  for (const [name, { data }] of await stateDict(model)) outputs.set(`after:${name}`, data);
  tf.tidy(() => {
    const clean = normalize(channelsLast(inputOf(golden, 'image<t>', 0)));
    outputs.set('logits_eval_clean', model.apply(clean).dataSync());
  });
  tf.dispose([...variables.values()]);
  training.dispose();
  optimizer.dispose();
  model.dispose();
  return { outputs, exact: (shaken) => new Map([...outputs, ...exact(shaken)]) };
};
