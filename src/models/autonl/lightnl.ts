import { zeros } from '../layers/init.js';
import { conv2d } from '../layers/layers.js';
import { Module } from '../layers/module.js';
import { BatchNorm } from '../layers/norm.js';
import type { Ops } from '../layers/ops.js';

/**
 * `tf`: the paper's TensorFlow code (SAME padding, product divided by H·W); `torch`: the authors' PyTorch port
 * (symmetric padding, product multiplied by W / H).
 */
export type LightNLVariant = 'tf' | 'torch';

export interface LightNLOptions {
  readonly channels: number;
  /** Share of the channels that make the affinities (nl_c). */
  readonly ratio: number;
  /** Every how many positions the keys and values are taken (nl_s). */
  readonly stride: number;
  readonly variant?: LightNLVariant;
  readonly epsilon?: number;
  readonly momentum?: number;
}

/** Which product is formed first, and what it costs in multiply-accumulates per picture. */
export interface LightNLCost {
  readonly order: 'positions' | 'channels';
  readonly macs: number;
}

/** The cheaper order for a map of `height` by `width` (AutoNL's own rule, with whole strides only). */
export function lightNLCost(height: number, width: number, options: LightNLOptions): LightNLCost {
  const { channels, ratio, stride } = options;
  const all = height * width;
  const sampled = Math.floor(height / stride) * Math.floor(width / stride);
  const positions = all * sampled * channels * (1 + ratio);
  const byChannel = (all + sampled) * channels * channels * ratio;
  return positions < byChannel
    ? { order: 'positions', macs: positions }
    : { order: 'channels', macs: byChannel };
}

/**
 * LightNL (arXiv 2004.01961): a non-local block without softmax and without weights of its own products:
 * x + BN(depthwise3×3(θ φᵀ g / HW)), where θ is the first channels of x, φ the same of a subsampled x and g all of it.
 * Parameters `depthwise_conv.weight` and `bn`, whose scale starts at 0.
 */
export class LightNL extends Module {
  readonly options: LightNLOptions;
  readonly #conv: Module;
  readonly #norm: Module;

  constructor(options: LightNLOptions) {
    super();
    this.options = options;
    const { channels, variant = 'tf', epsilon = 1e-3, momentum = 0.01 } = options;
    const padding = variant === 'tf' ? { padding: 'same' as const } : {};
    this.#conv = this.child(
      'depthwise_conv',
      conv2d(channels, channels, 3, { groups: channels, ...padding }),
    );
    this.#norm = this.child('bn', new BatchNorm(channels, { epsilon, momentum, scale: zeros }));
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const { channels, ratio, stride, variant = 'tf' } = this.options;
    const [, height, width] = ops.shape(x) as [number, number, number, number];
    const reduced = Math.floor(ratio * channels);
    const sampled = ops.subsample(x, stride);
    const theta = ops.flattenSpace(ops.slice(x, -1, 0, reduced));
    const phi = ops.flattenSpace(ops.slice(sampled, -1, 0, reduced));
    const g = ops.flattenSpace(sampled);
    const product =
      lightNLCost(height, width, this.options).order === 'positions'
        ? ops.product(ops.product(theta, phi, { transposeB: true }), g)
        : ops.product(theta, ops.product(phi, g, { transposeA: true }));
    const factor = variant === 'tf' ? 1 / (height * width) : width / height;
    const mixed = ops.scale(ops.unflattenSpace(product, [height, width]), factor);
    return ops.add(this.#norm.apply(ops, this.#conv.apply(ops, mixed)), x);
  }
}
