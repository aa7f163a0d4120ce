import { z } from 'zod';
import { UsageError } from '../../core/errors.js';
import { Conv, Sequential } from '../layers/layers.js';
import { Module } from '../layers/module.js';
import { BatchNorm } from '../layers/norm.js';
import type { ChannelSampling, Ops } from '../layers/ops.js';
import type { Shape } from '../layers/shape.js';

/** Kernel forms over (time or depth, height, width). */
export const BRANCHES = ['kxkxk', '1xkxk', 'kx1xk', 'kxkx1', 'kx1x1', '1xkx1', '1x1xk'] as const;
export type Branch = (typeof BRANCHES)[number];

/** The branches of each channel-wise operation, in the order in which their channels are joined. */
export const MIXED_OPS = {
  '2+3d': ['kxkxk', '1xkxk'],
  '1+2d': ['1xkxk', 'kx1x1'],
  '1+2+3d': ['kxkxk', '1xkxk', 'kx1x1'],
  mix1d: ['kx1x1', '1xkx1', '1x1xk'],
  mix2d: ['kxkx1', '1xkxk', 'kx1xk'],
  all: BRANCHES,
} as const satisfies Record<string, readonly Branch[]>;
export type MixedOp = keyof typeof MIXED_OPS;

/** What a 3×3×3 convolution of a network is: itself, one of its classic replacements, or a channel-wise mixture. */
export const cakesOp = z.enum(['3d', '2d', 'p3d', '2+3d', '1+2d', '1+2+3d', 'mix1d', 'mix2d', 'all']);
export type CakesOpKind = z.infer<typeof cakesOp>;

/** Channels of each branch; branches that are absent or 0 are left out. */
export const cakesSplit = z.partialRecord(z.enum(BRANCHES), z.int().min(0));
export type CakesSplit = z.infer<typeof cakesSplit>;

/** What a search network is trained for: the cost of its kernels, or performance alone. */
export const cakesPriority = z.enum(['cost', 'performance']);
export type CakesPriority = z.infer<typeof cakesPriority>;

export interface CakesOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly op: CakesOpKind;
  /** Extent of the k axes; default 3. */
  readonly kernel?: number;
  /** Per axis; the video networks stride only in space. Default 1. */
  readonly stride?: Shape;
  /** Default: equal parts, the remainder to the first. */
  readonly split?: CakesSplit | undefined;
  /** Channels that each step of a performance-priority search trains; all unless given. */
  readonly sampled?: number | undefined;
  readonly epsilon?: number;
  readonly momentum?: number;
}

export const isMixed = (op: CakesOpKind): op is MixedOp => op in MIXED_OPS;

/** Kernel extents of a branch. */
export function branchKernel(branch: Branch, kernel = 3): Shape {
  return branch.split('x').map((axis) => (axis === 'k' ? kernel : 1));
}

/** Equal parts, the remainder to the first branch. */
export function equalSplit(op: MixedOp, outputs: number): CakesSplit {
  const branches = MIXED_OPS[op];
  const part = Math.floor(outputs / branches.length);
  return Object.fromEntries(
    branches.map((branch, index) => [branch, index === 0 ? outputs - part * (branches.length - 1) : part]),
  );
}

/** Branches that have channels, in joining order. @throws UsageError when a split does not fit the operation. */
export function liveBranches(
  op: MixedOp,
  outputs: number,
  split?: CakesSplit,
): [branch: Branch, channels: number][] {
  const channels = split ?? equalSplit(op, outputs);
  const known: readonly Branch[] = MIXED_OPS[op];
  const foreign = BRANCHES.filter((branch) => (channels[branch] ?? 0) > 0 && !known.includes(branch));
  const total = known.reduce((sum, branch) => sum + (channels[branch] ?? 0), 0);
  if (foreign.length > 0 || total !== outputs) {
    throw new UsageError(
      `Expected a split of ${outputs} channels over ${known.join(', ')} but received ${JSON.stringify(channels)}.`,
    );
  }
  return known.flatMap((branch): [Branch, number][] => {
    const count = channels[branch] ?? 0;
    return count > 0 ? [[branch, count]] : [];
  });
}

/**
 * A 3×3×3 convolution with norm and ReLU, or what CAKES (arXiv 2003.12798) puts in its place: parallel convolutions of
 * different kernel forms, each making part of the channels. Parts `op.<i>` for single forms; `convs.<i>.0` and `out.0`
 * for mixtures.
 */
export class CakesConv extends Module {
  readonly #branches: readonly Module[];
  readonly #norm: Module;
  readonly #sampling: ChannelSampling | undefined;

  constructor(options: CakesOptions) {
    super();
    const {
      inputs,
      outputs,
      op,
      kernel = 3,
      stride = [1, 1, 1],
      split,
      epsilon = 1e-5,
      momentum = 0.1,
    } = options;
    const norm = new BatchNorm(outputs, { epsilon, momentum });
    const make = (branch: Branch, from: number, to: number, by: Shape) =>
      new Conv({ inputs: from, outputs: to, kernel: branchKernel(branch, kernel), stride: by });
    if (isMixed(op)) {
      this.#branches = liveBranches(op, outputs, split).map(([branch, count], index) =>
        this.child(`convs.${index}.0`, make(branch, inputs, count, stride)),
      );
      this.#norm = this.child('out.0', norm);
      const { sampled: kept } = options;
      const parts = liveBranches(op, outputs, split).map(([, count]) => count);
      // As published: (2,3)D draws the number of each kind first, the others draw from all alike.
      this.#sampling = kept === undefined ? undefined : { kept, parts, balanced: op === '2+3d' };
      return;
    }
    const [depth, ...plane] = stride as [number, number, number];
    const convs =
      op === 'p3d'
        ? [make('1xkxk', inputs, inputs, [1, ...plane]), make('kx1x1', inputs, outputs, [depth, 1, 1])]
        : [make(op === '3d' ? 'kxkxk' : '1xkxk', inputs, outputs, stride)];
    convs.forEach((conv, index) => {
      this.child(`op.${index}`, conv);
    });
    this.#branches = [new Sequential(convs)];
    this.#norm = this.child(`op.${convs.length}`, norm);
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const parts = this.#branches.map((branch) => branch.apply(ops, x));
    const y = ops.relu(this.#norm.apply(ops, ops.concat(parts, -1)));
    return this.#sampling === undefined ? y : ops.sampled(y, this.#sampling);
  }
}
