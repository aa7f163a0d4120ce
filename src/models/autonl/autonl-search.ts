import { z } from 'zod';
import { ConvNorm, FusedBlock, type MobileStyle } from '../atomnas/atomic.js';
import { zeros } from '../layers/init.js';
import { type Conv, conv2d } from '../layers/layers.js';
import { Module } from '../layers/module.js';
import { BatchNorm } from '../layers/norm.js';
import type { GateSpec, Ops } from '../layers/ops.js';
import { MobileNetwork, mobileOptions } from '../mobile/mobile.js';
import { type BuildOptions, createModel, type Family, type Model } from '../model.js';
import { AUTONL_BLOCKS } from './autonl.js';

/** The choices of a block, by the names of their gates. */
export const AUTONL_GATES = ['kernel', 'expansion', 'nonlocal', 'ratio', 'stride'] as const;
export type AutoNLGate = (typeof AUTONL_GATES)[number];

const schema = z.strictObject({
  ...mobileOptions,
  /** The blocks whose kernel, expansion and LightNL are searched; default: those of AutoNL-S. */
  blocks: z
    .array(
      z.strictObject({
        outputs: z.int().positive(),
        stride: z.union([z.literal(1), z.literal(2)]).default(1),
      }),
    )
    .min(1)
    .default(AUTONL_BLOCKS.S.slice(1).map(({ outputs, stride }) => ({ outputs, stride }))),
  /** Channels of the first block, which does not expand and is not searched. */
  first: z.int().positive().default(16),
  /** Probability that a training step takes a gate the other way, by which what it brings is learned. */
  explore: z.number().min(0).max(0.5).default(0.25),
});
export type AutoNLSearchConfig = z.output<typeof schema>;

const START = 0.5;
const RATIOS = { small: 1 / 8, large: 1 / 4 };

/**
 * A block whose choices are learned with its weights (arXiv 2004.01961, section 3.2; the details are ours, as no search
 * code is published): a 5×5 depthwise kernel added to the 3×3, three more channels per input channel, LightNL behind the
 * projection, and in it twice the channels and four times the positions, whose smaller forms are parts of the larger.
 */
export class AutoNLSearchBlock extends Module {
  readonly gates: Readonly<Record<AutoNLGate, GateSpec>>;
  readonly #expand: Module;
  readonly #small: Conv;
  readonly #large: Conv;
  readonly #norm: Module;
  readonly #narrow: Conv;
  readonly #wide: Conv;
  readonly #last: Module;
  readonly #mix: Conv;
  readonly #mixNorm: Module;
  readonly #half: number;
  readonly #outputs: number;
  readonly #residual: boolean;

  constructor(inputs: number, outputs: number, stride: number, style: MobileStyle, explore: number) {
    super();
    const half = 3 * inputs;
    const width = 2 * half;
    const depthwise = (kernel: number): Conv =>
      conv2d(width, width, kernel, { stride, groups: width, padding: 'same' });
    this.#half = half;
    this.#outputs = outputs;
    this.#residual = stride === 1 && inputs === outputs;
    this.#expand = this.child('expand', new ConvNorm({ inputs, outputs: width, kernel: [1, 1] }, style));
    this.#small = this.child('depthwise.3', depthwise(3));
    this.#large = this.child('depthwise.5', depthwise(5));
    this.#norm = this.child('depthwise_bn', new BatchNorm(width, style));
    this.#narrow = this.child('project.3', conv2d(half, outputs, 1));
    this.#wide = this.child('project.6', conv2d(half, outputs, 1));
    this.#last = this.child('pw_bn', new BatchNorm(outputs, style));
    this.#mix = this.child(
      'nl.depthwise_conv',
      conv2d(outputs, outputs, 3, { groups: outputs, padding: 'same' }),
    );
    this.#mixNorm = this.child('nl.bn', new BatchNorm(outputs, { ...style, scale: zeros }));
    const gate = (name: AutoNLGate, { spec }: Conv, value: number): GateSpec => ({
      weight: spec.weight,
      explore,
      threshold: this.parameter(`thresholds.${name}`, {
        ...{ shape: [1], layout: 'vector', role: 'offset' },
        init: { kind: 'constant', value },
      }),
    });
    this.gates = {
      kernel: gate('kernel', this.#large, START),
      expansion: gate('expansion', this.#wide, START),
      nonlocal: gate('nonlocal', this.#mix, START),
      ratio: gate('ratio', this.#mix, START),
      stride: gate('stride', this.#mix, START),
    };
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const open = (name: AutoNLGate, value: V): V => ops.gated(value, this.gates[name]);
    const expanded = this.#expand.apply(ops, x);
    const filtered = ops.add(
      this.#small.apply(ops, expanded),
      open('kernel', this.#large.apply(ops, expanded)),
    );
    const y = ops.swish(this.#norm.apply(ops, filtered));
    const projected = ops.add(
      this.#narrow.apply(ops, ops.slice(y, -1, 0, this.#half)),
      open('expansion', this.#wide.apply(ops, ops.slice(y, -1, this.#half, this.#half))),
    );
    const normed = this.#last.apply(ops, projected);
    const mixed = this.#mixNorm.apply(ops, this.#mix.apply(ops, this.#affinity(ops, normed, open)));
    const out = ops.add(normed, open('nonlocal', mixed));
    return this.#residual ? ops.add(x, out) : out;
  }

  /** θ φᵀ g / HW in the smallest form, plus what each larger form adds to it. */
  #affinity<V>(ops: Ops<V>, x: V, open: (name: AutoNLGate, value: V) => V): V {
    const [, height, width] = ops.shape(x) as [number, number, number, number];
    const small = Math.floor(RATIOS.small * this.#outputs);
    const large = Math.floor(RATIOS.large * this.#outputs);
    const product = (stride: number, from: number, to: number): V => {
      const sampled = ops.subsample(x, stride);
      const theta = ops.flattenSpace(ops.slice(x, -1, from, to - from));
      const phi = ops.flattenSpace(ops.slice(sampled, -1, from, to - from));
      return ops.product(theta, ops.product(phi, ops.flattenSpace(sampled), { transposeA: true }));
    };
    const byRatio = (stride: number): V =>
      small === 0 || small === large
        ? product(stride, 0, Math.max(1, large))
        : ops.add(product(stride, 0, small), open('ratio', product(stride, small, large)));
    const sparse = byRatio(2);
    const more = ops.add(byRatio(1), ops.scale(sparse, -1));
    const mixed = ops.add(sparse, open('stride', more));
    return ops.scale(ops.unflattenSpace(mixed, [height, width]), 1 / (height * width));
  }
}

export const autonlSearchFamily: Family<typeof schema> = {
  name: 'autonl-search',
  schema,
  counting: 'mobile',
  build: ({ blocks, first, explore, ...options }) => {
    const { epsilon, momentum, stem } = options;
    const style = { activation: 'swish', epsilon, momentum, same: true } as const;
    const shape = { inputs: stem, outputs: first, stride: 1, kernels: [3], channels: [stem], expand: false };
    let inputs = first;
    const searched = blocks.map(({ outputs, stride }) => {
      const block = new AutoNLSearchBlock(inputs, outputs, stride, style, explore);
      inputs = outputs;
      return block;
    });
    const parts = [new FusedBlock(shape, style, { squeeze: 0 }), ...searched];
    return new MobileNetwork({ ...options, last: inputs }, parts, style);
  },
  inputShape: () => [224, 224, 3],
};

/** AutoNL's search network: one path in which every choice is a gate. */
export function autonlSearch(options: z.input<typeof schema> = {}, build?: BuildOptions): Model {
  return createModel(autonlSearchFamily, options, build);
}
