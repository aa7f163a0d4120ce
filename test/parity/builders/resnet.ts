import * as tf from '@tensorflow/tfjs-core';
import { dual, hard, toDense } from '../../../src/core/label.js';
import { type Model, type ResNetOptions, resnet, stateDict } from '../../../src/models/index.js';
import { gradientsOf, Optimizer, sgdRule, softCrossEntropy } from '../../../src/trainers/index.js';
import { type GoldenCase, inputOf } from '../case.js';
import type { Builder, Outcome } from '../compare.js';
import { counted } from '../counted.js';
import { integers } from '../procedural.js';
import { channelsLast, fill, scoped } from '../tensors.js';
import { type ExactView, trainExactly } from './exact-training.js';
import { ROUTES } from './norms.js';

interface Options {
  /** `basic`, `BasicBlock`, `bottleneck`, `Bottleneck`. */
  readonly block?: string;
  readonly num_classes?: number;
  readonly k?: number;
  readonly layers?: readonly [number, number, number, number];
  readonly status?: readonly (keyof typeof ROUTES)[];
  readonly label_weight_of_style?: { readonly first_half: number; readonly second_half: number };
  readonly style_labels_key?: string;
}

const optionsOf = (golden: GoldenCase): Options => golden.options as Options;

/** The residual block that a case names, in the library's words. */
export const blockOf = (name: string | undefined): 'basic' | 'bottleneck' =>
  name !== undefined && /bottleneck/i.test(name) ? 'bottleneck' : 'basic';

/** Logits of a whole network in evaluation mode. */
function evaluate(golden: GoldenCase, model: Model): Outcome {
  fill(model, golden);
  const x = channelsLast(inputOf(golden, 'input'));
  const y = model.apply(x);
  const outputs = new Map<string, ArrayLike<number>>([['logits', y.dataSync()]]);
  const checks = counted(golden, model);
  tf.dispose([x, y]);
  model.dispose();
  return { outputs, checks };
}

/** `torchvision.models.resnetN`, `resnextN_32xWd`. */
export function torchvision(depth: NonNullable<ResNetOptions['depth']>, groups = 1, baseWidth = 64): Builder {
  return (golden) =>
    evaluate(golden, resnet({ depth, groups, baseWidth, classes: optionsOf(golden).num_classes ?? 1000 }));
}

/** `resnetNBNET`. */
export function bnetNetwork(depth: NonNullable<ResNetOptions['depth']>): Builder {
  return (golden) => {
    const { k = 3, num_classes: classes = 1000 } = optionsOf(golden);
    return evaluate(golden, resnet({ depth, classes, norm: { bnet: { kernel: k } } }));
  };
}

/** ResNeXt with MixBN on each of the listed routes. */
export function mixResNeXt(
  depth: NonNullable<ResNetOptions['depth']>,
  groups: number,
  baseWidth: number,
): Builder {
  return (golden) => {
    const { status = ['clean'], num_classes: classes = 1000 } = optionsOf(golden);
    const model = fill(resnet({ depth, groups, baseWidth, classes, routes: ['main', 'aux'] }), golden);
    const x = channelsLast(inputOf(golden, 'input'));
    const outputs = new Map(
      status.map((name) => {
        const y = model.apply(x, { route: ROUTES[name] });
        const values = y.dataSync();
        y.dispose();
        return [`logits_${name}`, values] as const;
      }),
    );
    const checks = counted(golden, model);
    x.dispose();
    model.dispose();
    return { outputs, checks };
  };
}

interface OptimizerSpec {
  readonly lr: number;
  readonly momentum: number;
  readonly weight_decay: number;
  readonly nesterov: boolean;
}

/** A few SGD steps of a small ResNet; `options` of the network are the builder's. */
export function training(network: (options: Options) => ResNetOptions): Builder {
  return async (golden) => {
    const options = optionsOf(golden);
    const classes = options.num_classes ?? 10;
    const config = network(options);
    const model = fill(resnet({ ...config, classes }), golden);
    const { lr, momentum, weight_decay: weightDecay, nesterov } = golden.optimizer as OptimizerSpec;
    const count = golden.inputs.find(({ steps }) => steps !== undefined)?.steps ?? 1;
    const route = config.routes?.length === 2 ? 'mix' : 'main';
    const steps = Array.from(
      { length: count },
      (_, step): ExactView => ({ ...stepOf(golden, options, step, classes), route }),
    );
    const rule = sgdRule({ momentum, nesterov });
    const exact = trainExactly(model, () => steps.map((view) => [view]), {
      rule,
      learningRate: lr,
      weightDecay,
    });
    const optimizer = new Optimizer(model, rule, { weightDecay });
    const rate = tf.scalar(lr);
    const losses = steps.map(({ x, target }) =>
      tf.tidy(() => {
        const images = tf.tensor(x.data, [...x.shape]);
        const wanted = tf.tensor(target, [x.shape[0]!, classes]);
        const { loss, gradients } = gradientsOf(model, () =>
          softCrossEntropy(model.apply(images, { training: true, route }), wanted),
        );
        optimizer.update(gradients, rate);
        return loss.dataSync()[0]!;
      }),
    );
    const outputs = new Map<string, ArrayLike<number>>([['losses', losses]]);
    for (const [name, { data }] of await stateDict(model)) outputs.set(`after:${name}`, data);
    rate.dispose();
    optimizer.dispose();
    model.dispose();
    return { outputs, exact };
  };
}

/** One step's pictures, channels last, and soft labels. */
function stepOf(
  golden: GoldenCase,
  options: Options,
  step: number,
  classes: number,
): Pick<ExactView, 'x' | 'target'> {
  return scoped(() => {
    const images = channelsLast(inputOf(golden, 'input<t>', step));
    const rows = images.shape[0]!;
    const labels = Array.from(inputOf(golden, 'labels<t>', step, [rows]).data);
    const { label_weight_of_style: weights, style_labels_key: key = '' } = options;
    const styles = integers(key.replace('<t>', String(step)), rows, classes);
    const votes = labels.map((label, row) => {
      if (weights === undefined) return hard(label);
      const style = row < rows / 2 ? weights.first_half : weights.second_half;
      return dual(label, styles[row]!, 1 - style);
    });
    return { x: { shape: images.shape, data: images.dataSync() }, target: toDense(votes, classes) };
  });
}
