import { z } from 'zod';
import type { MobileStyle } from '../atomnas/atomic.js';
import { uniformFan, zeros } from '../layers/init.js';
import { activate, Conv, Linear, Sequential } from '../layers/layers.js';
import { Module } from '../layers/module.js';
import { BatchNorm } from '../layers/norm.js';
import type { Ops } from '../layers/ops.js';
import { type BuildOptions, createModel, type Family, type Model } from '../model.js';
import { InvertedResidual } from './inverted-residual.js';
import { mobileOptions } from './mobile.js';

const schema = z.strictObject({ classes: mobileOptions.classes, dropout: mobileOptions.dropout });
type Options = z.output<typeof schema>;

/** [expansion, outputs, repeats, stride of the first, kernel]. */
const STAGES = [
  [1, 16, 1, 1, 3],
  [6, 24, 2, 2, 3],
  [6, 40, 2, 2, 5],
  [6, 80, 3, 2, 3],
  [6, 112, 3, 1, 5],
  [6, 192, 4, 2, 5],
  [6, 320, 1, 1, 3],
] as const;

const EXPANDED = [
  ['conv_pw', 'bn1'],
  ['conv_dw', 'bn2'],
  ['conv_pwl', 'bn3'],
] as const;
const PLAIN = [
  ['conv_dw', 'bn1'],
  ['conv_pw', 'bn2'],
] as const;
const STYLE: MobileStyle = { activation: 'relu6', epsilon: 1e-3, momentum: 0.01, same: true };

/** EfficientNet-Lite0: EfficientNet-B0 (arXiv 1905.11946) without squeeze-and-excitation, with ReLU6; timm's names. */
class EfficientNetLite0 extends Module {
  readonly #stem: readonly [Module, Module];
  readonly #blocks: Module;
  readonly #head: readonly [Module, Module];
  readonly #classifier: Module;
  readonly #dropout: number;

  constructor({ classes, dropout }: Options) {
    super();
    const conv = (inputs: number, outputs: number, kernel: number, stride: number) =>
      new Conv({ inputs, outputs, kernel: [kernel, kernel], stride: [stride, stride], padding: 'same' });
    this.#stem = [this.child('conv_stem', conv(3, 32, 3, 2)), this.child('bn1', new BatchNorm(32, STYLE))];
    let inputs = 32;
    const stages = STAGES.map(([expansion, outputs, repeats, first, kernel]) => {
      const blocks = Array.from({ length: repeats }, (_, index) => {
        const names = expansion === 1 ? PLAIN : EXPANDED;
        const stride = index === 0 ? first : 1;
        const block = new InvertedResidual({ inputs, outputs, expansion, kernel, stride, names }, STYLE);
        inputs = outputs;
        return block;
      });
      return new Sequential(blocks);
    });
    this.#blocks = this.child('blocks', new Sequential(stages));
    this.#head = [
      this.child('conv_head', conv(inputs, 1280, 1, 1)),
      this.child('bn2', new BatchNorm(1280, STYLE)),
    ];
    this.#classifier = this.child('classifier', new Linear(1280, classes, uniformFan(classes), zeros));
    this.#dropout = dropout;
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const convNorm = ([conv, norm]: readonly [Module, Module], value: V) =>
      activate(ops, STYLE.activation, norm.apply(ops, conv.apply(ops, value)));
    const features = convNorm(this.#head, this.#blocks.apply(ops, convNorm(this.#stem, x)));
    return this.#classifier.apply(ops, ops.dropout(ops.mean(features, [1, 2], false), this.#dropout));
  }
}

export const efficientnetLiteFamily: Family<typeof schema> = {
  name: 'efficientnet-lite0',
  schema,
  counting: 'plain',
  build: (options) => new EfficientNetLite0(options),
  inputShape: () => [224, 224, 3],
};

/** EfficientNet-Lite0; the public ImageNet weights expect pictures as x / 127.5 - 1. */
export function efficientnetLite0(options: z.input<typeof schema> = {}, build?: BuildOptions): Model {
  return createModel(efficientnetLiteFamily, options, build);
}
