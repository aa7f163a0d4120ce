import { z } from 'zod';
import { UsageError } from '../../core/errors.js';
import { Conv, Sequential } from '../layers/layers.js';
import { Module } from '../layers/module.js';
import type { Ops } from '../layers/ops.js';
import type { Shape } from '../layers/shape.js';
import { type BuildOptions, createModel, type Family, type Model } from '../model.js';
import { CakesConv, cakesOp, cakesPriority, cakesSplit, isMixed, MIXED_OPS } from './cakes.js';

const schema = z
  .strictObject({
    /** Channels of the volume: 1 for CT, one per sequence for MR. */
    channels: z.int().positive().default(1),
    classes: z.int().min(2).default(2),
    /** Channels per level, finest first; each level halves every axis. */
    widths: z.array(z.int().positive()).min(2).max(7).default([32, 64, 128, 256]),
    /** What stands in place of every 3×3×3 convolution. */
    op: cakesOp.default('all'),
    /** One split per channel-wise convolution in order of use; equal parts unless given. */
    splits: z.array(cakesSplit).optional(),
    /** Search network: every branch makes all channels of the layer. */
    search: z.boolean().default(false),
    /** `performance`: each step of a search trains as many channels of an operation as the layer has, drawn at random. */
    priority: cakesPriority.default('cost'),
  })
  .refine(({ search, splits }) => !search || splits === undefined, 'a search network has no splits')
  .refine(({ widths, splits }) => splits === undefined || splits.length === convolutions(widths.length), {
    message: 'give one split per convolution: 4 per level less 2',
    path: ['splits'],
  });
type Options = z.output<typeof schema>;

const convolutions = (levels: number): number => levels * 4 - 2;

/**
 * An encoder-decoder for volumes `[batch, z, y, x, channels]` with skip connections. Two channel-wise convolutions per
 * level on each side; the first of a coarser level carries stride 2 in all three axes; the way up is nearest-neighbour
 * enlargement and a 1×1×1 convolution. It is a network of our own to put CAKES operations into: the published
 * segmentation network, its splits and its results are not known here.
 */
class CakesUNet extends Module {
  readonly #encoder: readonly Module[];
  readonly #decoder: readonly (readonly [reduce: Module, convs: Module])[];
  readonly #head: Module;
  readonly #levels: number;

  constructor({ channels, classes, widths, op, splits, search, priority }: Options) {
    super();
    let index = 0;
    const made = (width: number): number => width * (search && isMixed(op) ? MIXED_OPS[op].length : 1);
    const samples = search && priority === 'performance';
    const part = (width: number): number | undefined => (samples ? width : undefined);
    const conv = (inputs: number, width: number, stride: Shape = [1, 1, 1]) =>
      new CakesConv({
        inputs,
        outputs: made(width),
        op,
        stride,
        split: splits?.[index++],
        sampled: part(width),
      });
    this.#levels = widths.length;
    this.#encoder = widths.map((width, level) => {
      const inputs = level === 0 ? channels : made(widths[level - 1]!);
      const first = conv(inputs, width, level === 0 ? [1, 1, 1] : [2, 2, 2]);
      return this.child(`encoder.${level}`, new Sequential([first, conv(made(width), width)]));
    });
    this.#decoder = widths
      .slice(0, -1)
      .map((width, level) => ({ width, below: widths[level + 1]! }))
      .reverse()
      .map(({ width, below }, step) => {
        const reduce = new Conv({ inputs: made(below), outputs: width, kernel: [1, 1, 1] });
        const convs = new Sequential([conv(made(width) + width, width), conv(made(width), width)]);
        return [
          this.child(`decoder.${step}.reduce`, reduce),
          this.child(`decoder.${step}.convs`, convs),
        ] as const;
      });
    this.#head = this.child(
      'head',
      new Conv({ inputs: made(widths[0]!), outputs: classes, kernel: [1, 1, 1], bias: true }),
    );
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const unit = 2 ** (this.#levels - 1);
    const space = ops.shape(x).slice(1, -1);
    if (space.some((extent) => extent % unit !== 0)) {
      throw new UsageError(
        `Expected a volume whose extents are multiples of ${unit} but received ${space.join(' x ')}.`,
      );
    }
    let value = x;
    const skips = this.#encoder.map((level) => {
      value = level.apply(ops, value);
      return value;
    });
    const decoded = this.#decoder.reduce((deep, [reduce, convs], step) => {
      const raised = reduce.apply(ops, ops.upsample2(deep));
      return convs.apply(ops, ops.concat([skips.at(-2 - step)!, raised], -1));
    }, value);
    return this.#head.apply(ops, decoded);
  }
}

export const cakesUNetFamily: Family<typeof schema> = {
  name: 'cakes-unet',
  schema,
  counting: 'plain',
  build: (options) => new CakesUNet(options),
  inputShape: ({ channels }) => [96, 96, 96, channels],
};

/** A volumetric segmentation network of any channel-wise operation; logits `[batch, z, y, x, classes]`. */
export function cakesUNet(options: z.input<typeof schema> = {}, build?: BuildOptions): Model {
  return createModel(cakesUNetFamily, options, build);
}
