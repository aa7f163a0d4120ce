import * as tf from '@tensorflow/tfjs-core';
import { dual, hard, type Label } from '../../../src/core/label.js';
import { type Model, type Route, resnet, stateDict } from '../../../src/models/index.js';
import { adain, moments } from '../../../src/styletransfer/adain.js';
import { vggDecode, vggEncode } from '../../../src/styletransfer/vgg.js';
import { denseTargets, gradientsOf, sgd, softCrossEntropy } from '../../../src/trainers/index.js';
import { type GoldenCase, inputOf } from '../case.js';
import type { Builder } from '../compare.js';
import { channelsLast, channelsSecond, fill } from '../tensors.js';
import { networks } from './adain.js';

interface Options {
  readonly model: string;
  readonly perm_per_step: readonly (readonly number[])[];
  readonly multi_grid_size: number | null;
  readonly gamma: number;
  readonly alpha: number;
}

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

const normalize = (x: tf.Tensor): tf.Tensor => tf.div(tf.sub(x, tf.tensor1d(MEAN)), tf.tensor1d(STD));

/** Nearest neighbour with source index floor(i · in / out). */
function shrinkNearest(x: tf.Tensor4D, size: number): tf.Tensor4D {
  const [, height, width] = x.shape;
  return height === size && width === size ? x : tf.image.resizeNearestNeighbor(x, [size, size]);
}

/** One pass on [clean; stylised]: in `mix` status, or clean then adversarial status where the sizes differ. */
function forward(model: Model, options: Options, clean: tf.Tensor4D, stylized: tf.Tensor): tf.Tensor {
  const run = (x: tf.Tensor, route: Route) => model.apply(x, { training: true, route });
  const [first, second] = [normalize(clean), normalize(stylized)];
  return options.multi_grid_size === null
    ? run(tf.concat([first, second]), 'mix')
    : tf.concat([run(first, 'main'), run(second, 'aux')]);
}

const first = (label: Label): number => label[0]!.classId;

/** Whole iterations of shape-texture debiased training: style transfer in the batch, MixBN, dual labels, SGD. */
export const debiasedIteration: Builder = async (golden) => {
  const options = golden.options as unknown as Options;
  const { gamma, alpha, multi_grid_size: grid, perm_per_step: orders } = options;
  const [, stages = '1,1,1,1'] = /\[([\d,]+)\]/.exec(options.model) ?? [];
  const classes = golden.inputs.find(({ mod }) => mod !== undefined)!.mod!;
  const layers = JSON.parse(`[${stages}]`) as [number, number, number, number];
  const block = options.model.includes('Bottleneck') ? 'bottleneck' : 'basic';
  const model = fill(resnet({ block, layers, classes, routes: ['main', 'aux'] }), golden);
  const style = { ...golden, salt: golden.style_salt as string, gain: golden.style_gain as number };
  const variables = networks(style as GoldenCase);
  const parameter = (name: string) => variables.get(name)!;
  const recipe = golden.optimizer as {
    lr: number;
    momentum: number;
    weight_decay: number;
    nesterov: boolean;
  };
  const optimizer = sgd(model, { ...recipe, weightDecay: recipe.weight_decay });
  const rate = tf.scalar(recipe.lr);
  const outputs = new Map<string, ArrayLike<number>>();
  const losses = orders.map((order, step) =>
    tf.tidy(() => {
      const clean = channelsLast(inputOf(golden, 'image<t>', step)) as tf.Tensor4D;
      const contents = Array.from(inputOf(golden, 'labels<t>', step).data);
      const small = grid === null ? clean : shrinkNearest(clean, grid);
      const features = vggEncode(parameter, small);
      const styles = tf.gather(features, tf.tensor1d([...order], 'int32')) as tf.Tensor4D;
      const stylized = vggDecode(parameter, adain(features, moments(styles), alpha));
      const styleLabels = order.map((index) => contents[index]!);
      const labels = [
        ...contents.map(hard),
        ...contents.map((label, row) => dual(label, styleLabels[row]!, gamma)),
      ];
      const target = denseTargets(labels, classes);
      const passes: tf.Tensor[] = [];
      const { loss, gradients } = gradientsOf(model, () => {
        const logits = forward(model, options, clean, stylized);
        passes.push(tf.keep(logits));
        return softCrossEntropy(logits, target);
      });
      optimizer.update(gradients, rate);
      outputs.set(`stylized${step}`, channelsSecond(stylized));
      outputs.set(`logits${step}`, passes[0]!.dataSync());
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
      tf.dispose(passes);
      return loss.dataSync()[0]!;
    }),
  );
  outputs.set('losses', losses);
  for (const [name, { data }] of await stateDict(model)) outputs.set(`after:${name}`, data);
  tf.tidy(() => {
    const clean = normalize(channelsLast(inputOf(golden, 'image<t>', 0)));
    outputs.set('logits_eval_clean', model.apply(clean).dataSync());
  });
  tf.dispose([rate, ...variables.values()]);
  optimizer.dispose();
  model.dispose();
  return { outputs };
};
