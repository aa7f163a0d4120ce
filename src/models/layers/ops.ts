import type { Parameter } from './parameter.js';
import type { Shape } from './shape.js';

/**
 * Which batch statistics a routed norm uses. `mix`: the first half of the batch takes `main`, the second half `aux`
 * (arXiv 2010.05981, auxiliary batch norm).
 */
export type Route = 'main' | 'aux' | 'mix';

/** Zeros before and after one spatial axis. */
export type Padding = readonly [before: number, after: number];

/** A convolution over 2 or 3 spatial axes. Kernel layout `[...kernel, in / groups, out]`, depthwise `[...kernel, channels, 1]`. */
export interface ConvSpec {
  readonly weight: Parameter;
  readonly bias?: Parameter;
  readonly kernel: Shape;
  readonly stride: Shape;
  /** Explicit zeros per axis, or TensorFlow's SAME rule, which depends on the extent. */
  readonly padding: readonly Padding[] | 'same';
  readonly groups: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Batch normalisation over every axis but the last; without `scale` and `offset` it is affine-free. */
export interface BatchNormSpec {
  readonly scale?: Parameter;
  readonly offset?: Parameter;
  readonly mean: Parameter;
  readonly variance: Parameter;
  readonly epsilon: number;
  /** PyTorch's sense: running = (1 - momentum) * running + momentum * batch. */
  readonly momentum: number;
}

/** A fully connected layer on the last axis. */
export interface LinearSpec {
  readonly weight: Parameter;
  readonly bias?: Parameter;
}

/** Max-pooling window; the padding never wins. */
export interface PoolSpec {
  readonly kernel: Shape;
  readonly stride: Shape;
  readonly padding: readonly Padding[];
}

/** Which channels a step of a search trains. */
export interface ChannelSampling {
  /** Channels that stay. */
  readonly kept: number;
  /** Channels of the parts that `x` joins; unless `balanced` the draw is uniform over all of them. */
  readonly parts: readonly number[];
  /** Of two parts: the number that the first one loses is uniform from 0 to all, then which ones. */
  readonly balanced: boolean;
}

/** A decision: open while the mean square of `weight`, over what it starts with, exceeds a threshold that is learned. */
export interface GateSpec {
  readonly weight: Parameter;
  readonly threshold: Parameter;
  /** Probability that a training step which has a seed goes the other way. */
  readonly explore: number;
}

export interface ProductOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/**
 * The operations that networks are written in. One forward definition serves every interpreter: tensors
 * (`TensorOps`), shapes and multiply-accumulate counts (`CountOps`), a graph to export.
 */
export interface Ops<V> {
  readonly training: boolean;
  readonly route: Route;
  /** The same interpreter on another route: what a routed norm hands to its parts. */
  shape(x: V): Shape;
  conv(x: V, spec: ConvSpec): V;
  batchNorm(x: V, spec: BatchNormSpec): V;
  linear(x: V, spec: LinearSpec): V;
  maxPool(x: V, spec: PoolSpec): V;
  /** Every `stride`-th position of each spatial axis, from the first. */
  subsample(x: V, stride: number): V;
  /** Mean over the given axes of `[batch, ...space, channels]`. */
  mean(x: V, axes: readonly number[], keepAxes: boolean): V;
  relu(x: V): V;
  relu6(x: V): V;
  swish(x: V): V;
  sigmoid(x: V): V;
  add(a: V, b: V): V;
  /** Element-wise, with broadcasting of extents of 1. */
  multiply(a: V, b: V): V;
  scale(x: V, factor: number): V;
  /** Joins along the batch (axis 0) or the channels (axis -1). */
  concat(parts: readonly V[], axis: 0 | -1): V;
  /** `size` rows (axis 0) or channels (axis -1) starting at `start`. */
  slice(x: V, axis: 0 | -1, start: number, size: number): V;
  /** `[batch, ...space, channels]` to `[batch, positions, channels]`. */
  flattenSpace(x: V): V;
  /** The inverse of `flattenSpace`. */
  unflattenSpace(x: V, space: Shape): V;
  /** Batched matrix product of `[batch, rows, columns]`. */
  product(a: V, b: V, options?: ProductOptions): V;
  /** Nearest-neighbour enlargement of every spatial axis by 2. */
  upsample2(x: V): V;
  /** Inverted dropout while training, when a seed was given; else the identity. */
  dropout(x: V, rate: number): V;
  /** `x` while the gate is open, else zeros: see `gate.ts`. Search networks only. */
  gated(x: V, gate: GateSpec): V;
  /**
   * While training with a seed: `x` with all but `kept` channels, drawn anew at every step, set to zero; else the
   * identity. Search networks only.
   */
  sampled(x: V, sampling: ChannelSampling): V;
}
