import { z } from 'zod';
import { Conv, Linear, Sequential } from '../layers/layers.js';
import { Module } from '../layers/module.js';
import { BatchNorm } from '../layers/norm.js';
import type { Ops } from '../layers/ops.js';
import { type BuildOptions, createModel, type Family, type Model } from '../model.js';
import {
  CakesConv,
  type CakesOpKind,
  type CakesPriority,
  type CakesSplit,
  cakesOp,
  cakesPriority,
  cakesSplit,
  isMixed,
  MIXED_OPS,
} from './cakes.js';
import { type CakesPreset, cakesPreset } from './cakes-splits.js';

const blocks = z.int().positive().max(1000);
const schema = z
  .strictObject({
    classes: z.int().positive().default(174),
    /** What stands in place of each 3×3×3 convolution. */
    op: cakesOp.default('3d'),
    /** One split per bottleneck; equal parts unless given. */
    splits: z.array(cakesSplit).optional(),
    layers: z.tuple([blocks, blocks, blocks, blocks]).default([3, 4, 6, 3]),
    /** Channels of the stem and of the first stage's operations; each later stage has twice as many. */
    width: z.int().positive().default(64),
    /** Search network: every branch makes all channels of the layer. */
    search: z.boolean().default(false),
    /** `performance`: each step of a search trains as many channels of an operation as the layer has, drawn at random. */
    priority: cakesPriority.default('cost'),
    dropout: z.number().min(0).max(0.99).default(0.3),
    /** `mean`: one answer per clip; `none`: logits of every frame, `[batch, frames, classes]`. */
    consensus: z.enum(['mean', 'none']).default('mean'),
  })
  .refine(
    ({ splits, layers }) => splits === undefined || splits.length === layers.reduce((a, b) => a + b, 0),
    {
      message: 'give one split per bottleneck',
      path: ['splits'],
    },
  )
  .refine(({ search, splits }) => !search || splits === undefined, 'a search network has no splits');
type Options = z.output<typeof schema>;

const pointwise = (inputs: number, outputs: number, stride = 1): Conv =>
  new Conv({ inputs, outputs, kernel: [1, 1, 1], stride: [1, stride, stride] });

interface BottleneckOptions {
  readonly inputs: number;
  readonly planes: number;
  readonly stride: number;
  readonly op: CakesOpKind;
  readonly split: CakesSplit | undefined;
  readonly search: boolean;
  readonly priority: CakesPriority;
}

/** 1×1×1, channel-wise op (`convT`, carries the spatial stride), 1×1×1 to four times the planes. */
class VideoBottleneck extends Module {
  readonly outputs: number;
  readonly #residual: Module;
  readonly #last: Module;
  readonly #first: readonly [Module, Module];
  readonly #shortcut: Module;

  constructor({ inputs, planes, stride, op, split, search, priority }: BottleneckOptions) {
    super();
    const width = search && isMixed(op) ? planes * MIXED_OPS[op].length : planes;
    this.outputs = planes * 4;
    this.#first = [this.child('conv1', pointwise(inputs, planes)), this.child('bn1', new BatchNorm(planes))];
    const sampled = search && priority === 'performance' ? planes : undefined;
    const by = [1, stride, stride];
    const mixed = new CakesConv({ inputs: planes, outputs: width, op, split, stride: by, sampled });
    this.#residual = this.child('convT', mixed);
    const last = [
      this.child('conv3', pointwise(width, this.outputs)),
      this.child('bn3', new BatchNorm(this.outputs)),
    ];
    this.#last = new Sequential(last);
    const fits = stride === 1 && inputs === this.outputs;
    const shortcut = fits ? [] : [pointwise(inputs, this.outputs, stride), new BatchNorm(this.outputs)];
    this.#shortcut = this.child('downsample', new Sequential(shortcut));
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const [conv, norm] = this.#first;
    const y = this.#residual.apply(ops, ops.relu(norm.apply(ops, conv.apply(ops, x))));
    return ops.relu(ops.add(this.#last.apply(ops, y), this.#shortcut.apply(ops, x)));
  }
}

/** The I3D ResNet of CAKES for clips `[batch, frames, height, width, 3]`: no stride in time, frames pooled one by one. */
class VideoResNet extends Module {
  readonly #stem: readonly [Module, Module];
  readonly #body: Module;
  readonly #head: Linear;
  readonly #options: Options;

  constructor(options: Options) {
    super();
    this.#options = options;
    const { op, splits, search, priority, width } = options;
    const stem = new Conv({ inputs: 3, outputs: width, kernel: [1, 7, 7], stride: [1, 2, 2] });
    this.#stem = [this.child('conv1', stem), this.child('bn1', new BatchNorm(width))];
    let inputs = width;
    let index = 0;
    const stages = options.layers.map((count, stage) => {
      const parts = Array.from({ length: count }, (_, block) => {
        const stride = stage > 0 && block === 0 ? 2 : 1;
        const planes = width * 2 ** stage;
        const split = splits?.[index];
        const part = new VideoBottleneck({ inputs, planes, stride, op, split, search, priority });
        inputs = part.outputs;
        index++;
        return part;
      });
      return this.child(`layer${stage + 1}`, new Sequential(parts));
    });
    this.#body = new Sequential(stages);
    this.#head = this.child('fc', new Linear(inputs, options.classes));
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const [conv, norm] = this.#stem;
    const pool = {
      kernel: [1, 3, 3],
      stride: [1, 2, 2],
      padding: [
        [0, 0],
        [1, 1],
        [1, 1],
      ],
    } as const;
    const stem = ops.maxPool(ops.relu(norm.apply(ops, conv.apply(ops, x))), pool);
    const frames = ops.mean(this.#body.apply(ops, stem), [2, 3], false);
    const logits = this.#head.apply(ops, ops.dropout(frames, this.#options.dropout));
    return this.#options.consensus === 'mean' ? ops.mean(logits, [1], false) : logits;
  }
}

export const cakesVideoFamily: Family<typeof schema> = {
  name: 'cakes-video',
  schema,
  counting: 'plain',
  build: (options) => new VideoResNet(options),
  inputShape: () => [8, 224, 224, 3],
};

export type CakesVideoOptions = z.input<typeof schema> & { readonly preset?: CakesPreset };

/** The options behind a published split. */
export function cakesVideoOptions({ preset, ...options }: CakesVideoOptions = {}): z.input<typeof schema> {
  return preset === undefined ? options : { ...cakesPreset(preset), ...options };
}

/** Video ResNet-50 with any channel-wise operation. @example cakesVideo({ preset: '123D-P' }) */
export function cakesVideo(options: CakesVideoOptions = {}, build?: BuildOptions): Model {
  return createModel(cakesVideoFamily, cakesVideoOptions(options), build);
}
