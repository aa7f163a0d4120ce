import type { MobileStyle } from '../atomnas/atomic.js';
import { activate, Conv, type ConvOptions } from '../layers/layers.js';
import { Module } from '../layers/module.js';
import { BatchNorm } from '../layers/norm.js';
import type { Ops } from '../layers/ops.js';

/** What a network calls the convolution and the norm of each stage of a block, in order of use. */
export type StageNames = readonly (readonly [conv: string, norm: string])[];

export interface InvertedOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** Expansion ratio; 1 leaves the expansion out. */
  readonly expansion: number;
  readonly kernel: number;
  readonly stride: number;
  readonly names: StageNames;
}

/** MobileNetV2's block (arXiv 1801.04381): 1×1 expansion, depthwise, linear 1×1 projection, residual. */
export class InvertedResidual extends Module {
  readonly #stages: readonly (readonly [conv: Module, norm: Module])[];
  readonly #style: MobileStyle;
  readonly #residual: boolean;

  constructor(options: InvertedOptions, style: MobileStyle) {
    super();
    const { inputs, outputs, expansion, kernel, stride, names } = options;
    const width = inputs * expansion;
    const depthwise = { groups: width, kernel: [kernel, kernel], stride: [stride, stride] };
    const convs: ConvOptions[] = [
      ...(expansion === 1 ? [] : [{ inputs, outputs: width, kernel: [1, 1] }]),
      { inputs: width, outputs: width, ...depthwise },
      { inputs: width, outputs, kernel: [1, 1] },
    ];
    this.#stages = convs.map((conv, index) => {
      const [convName, normName] = names[index]!;
      return [
        this.child(convName, new Conv({ ...conv, ...(style.same ? { padding: 'same' } : {}) })),
        this.child(normName, new BatchNorm(conv.outputs, style)),
      ] as const;
    });
    this.#style = style;
    this.#residual = stride === 1 && inputs === outputs;
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const last = this.#stages.length - 1;
    const y = this.#stages.reduce((value, [conv, norm], index) => {
      const normed = norm.apply(ops, conv.apply(ops, value));
      return index === last ? normed : activate(ops, this.#style.activation, normed);
    }, x);
    return this.#residual ? ops.add(x, y) : y;
  }
}
