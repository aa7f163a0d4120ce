import { z } from 'zod';
import { type Init, ones, zeros } from './init.js';
import { Conv } from './layers.js';
import { Module } from './module.js';
import type { BatchNormSpec, Ops } from './ops.js';

/** Which norm of a block is being made. BNET's published placement is `third` only. */
export type NormPosition = 'stem' | 'first' | 'second' | 'third' | 'shortcut' | 'other';

export interface NormRequest {
  readonly channels: number;
  readonly position: NormPosition;
  /** Start of the scale; 1 unless given. */
  readonly scale?: Init;
}

/** Makes the norm for one place of a network; `prefix` is what PyTorch code calls it there (`bn`, `bnet`). */
export type NormFactory = (request: NormRequest) => {
  readonly module: Module;
  readonly prefix: 'bn' | 'bnet';
};

export interface BatchNormOptions {
  readonly epsilon?: number;
  readonly momentum?: number;
  readonly affine?: boolean;
  readonly scale?: Init;
}

/**
 * Batch normalisation as PyTorch defines it: normalised by the batch's biased variance while training, the running
 * variance takes the unbiased one. Parameters `weight`, `bias`, `running_mean`, `running_var`.
 */
export class BatchNorm extends Module {
  readonly spec: BatchNormSpec;

  constructor(channels: number, options: BatchNormOptions = {}) {
    super();
    const { epsilon = 1e-5, momentum = 0.1, affine = true } = options;
    const vector = { shape: [channels], layout: 'vector' } as const;
    const learned = affine
      ? {
          scale: this.parameter('weight', { ...vector, role: 'scale', init: options.scale ?? ones }),
          offset: this.parameter('bias', { ...vector, role: 'offset', init: zeros }),
        }
      : {};
    this.spec = {
      ...learned,
      mean: this.parameter('running_mean', { ...vector, role: 'statistic', init: zeros }),
      variance: this.parameter('running_var', { ...vector, role: 'statistic', init: ones }),
      epsilon,
      momentum,
    };
  }

  apply<V>(ops: Ops<V>, x: V): V {
    return ops.batchNorm(x, this.spec);
  }
}

export interface BnetOptions extends Omit<BatchNormOptions, 'affine' | 'scale'> {
  /** Odd kernel extent k; 1 is ordinary batch norm. */
  readonly kernel: number;
  /** `effective`: N(0, 2 / (C k²)), what the published code really starts from; `zero`: what it means to. */
  readonly init?: 'effective' | 'zero';
}

/** BNET-k (arXiv 2011.14150): affine-free batch norm, then a depthwise k×k convolution with bias (`bnconv`). */
export class Bnet extends BatchNorm {
  readonly conv: Conv;

  constructor(channels: number, options: BnetOptions) {
    super(channels, { ...options, affine: false });
    const { kernel, init = 'effective' } = options;
    const normal: Init = { kind: 'normal', std: Math.sqrt(2 / (channels * kernel * kernel)) };
    this.conv = this.child(
      'bnconv',
      new Conv({
        inputs: channels,
        outputs: channels,
        groups: channels,
        kernel: [kernel, kernel],
        bias: true,
        init: init === 'zero' ? zeros : normal,
      }),
    );
  }

  override apply<V>(ops: Ops<V>, x: V): V {
    return this.conv.apply(ops, super.apply(ops, x));
  }
}

/**
 * Two complete norms side by side, the second one under `aux_bn` (arXiv 2010.05981, MixBN). The route of the call
 * chooses; `mix` sends the first half of the batch through the main one and the second half through the other.
 */
export class RoutedNorm extends Module {
  readonly main: Module;
  readonly aux: Module;

  constructor(main: Module, aux: Module) {
    super();
    this.main = main;
    this.aux = this.child('aux_bn', aux);
  }

  /** The main norm's parameters carry no extra name. */
  override *parameters(prefix = ''): ReturnType<Module['parameters']> {
    yield* this.main.parameters(prefix);
    yield* super.parameters(prefix);
  }

  apply<V>(ops: Ops<V>, x: V): V {
    if (ops.route === 'main') return this.main.apply(ops, x);
    if (ops.route === 'aux') return this.aux.apply(ops, x);
    const rows = ops.shape(x)[0]!;
    const half = Math.floor(rows / 2);
    const first = this.main.apply(ops, ops.slice(x, 0, 0, half));
    const second = this.aux.apply(ops, ops.slice(x, 0, half, rows - half));
    return ops.concat([first, second], 0);
  }
}

const bnetConfig = z.strictObject({
  kernel: z
    .int()
    .positive()
    .refine((k) => k % 2 === 1, 'must be odd'),
  /** `third`: the last norm of each bottleneck, as published; `all`: every norm of the network. */
  places: z.enum(['third', 'all']).default('third'),
  init: z.enum(['effective', 'zero']).default('effective'),
});

/** JSON description of a network's norms: plain batch norm or BNET. */
export const normConfig = z.union([z.literal('batch'), z.strictObject({ bnet: bnetConfig })]);
export type NormConfig = z.infer<typeof normConfig>;

/** Which sets of batch statistics a network keeps: one, or main and auxiliary. */
export const routesConfig = z.union([
  z.tuple([z.literal('main')]),
  z.tuple([z.literal('main'), z.literal('aux')]),
]);
export type RoutesConfig = z.infer<typeof routesConfig>;

/** The norm factory that a JSON description asks for. */
export function createNorm(
  config: NormConfig,
  routes: RoutesConfig,
  options: Pick<BatchNormOptions, 'epsilon' | 'momentum'> = {},
): NormFactory {
  const bnet = config === 'batch' ? undefined : config.bnet;
  return ({ channels, position, scale }) => {
    const isBnet = bnet !== undefined && (bnet.places === 'all' || position === 'third');
    const make = (): Module =>
      isBnet
        ? new Bnet(channels, { ...options, kernel: bnet.kernel, init: bnet.init })
        : new BatchNorm(channels, { ...options, ...(scale === undefined ? {} : { scale }) });
    const module = routes.length === 2 ? new RoutedNorm(make(), make()) : make();
    return { module, prefix: isBnet ? 'bnet' : 'bn' };
  };
}
