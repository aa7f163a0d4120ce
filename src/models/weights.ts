import * as tf from '@tensorflow/tfjs-core';
import { CheckpointError, ShapeError } from '../core/errors.js';
import type { Parameter } from './layers/parameter.js';
import type { Shape } from './layers/shape.js';
import type { Model } from './model.js';

/** Named arrays on the host in PyTorch's layout: kernels `[out, in / groups, ...kernel]`, linear `[out, in]`. */
export type WeightMap = ReadonlyMap<string, Weight>;

export interface Weight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** `order[i]` = the engine axis that is PyTorch's axis i. */
function torchOrder({ spec }: Parameter): readonly number[] {
  const rank = spec.shape.length;
  const kernel = Array.from({ length: rank - 2 }, (_, axis) => axis);
  if (spec.layout === 'conv') return [rank - 1, rank - 2, ...kernel];
  if (spec.layout === 'depthwise') return [rank - 2, rank - 1, ...kernel];
  return spec.layout === 'linear' ? [1, 0] : spec.shape.map((_, axis) => axis);
}

/** The parameter's shape in PyTorch's layout. */
export function torchShape(parameter: Parameter): Shape {
  return torchOrder(parameter).map((axis) => parameter.spec.shape[axis]!);
}

/** Reorders axes: axis i of the result is axis `order[i]` of `data`. */
export function permute(data: Float32Array, shape: Shape, order: readonly number[]): Float32Array {
  if (order.every((axis, index) => axis === index)) return data;
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, extent) => product * extent, 1),
  );
  const out = new Float32Array(data.length);
  const extents = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const index = new Array<number>(order.length).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from]!;
    for (let axis = order.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      index[axis]!++;
      if (index[axis]! < extents[axis]!) break;
      from -= index[axis]! * steps[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/** From the engine's layout to PyTorch's. */
export function toTorch(parameter: Parameter, data: Float32Array): Weight {
  const shape = torchShape(parameter);
  return { shape, data: permute(data, parameter.spec.shape, torchOrder(parameter)) };
}

/** From PyTorch's layout to the engine's. @throws ShapeError */
export function fromTorch(parameter: Parameter, { shape, data }: Weight, where = ''): Float32Array {
  const expected = torchShape(parameter);
  if (shape.length !== expected.length || shape.some((extent, axis) => extent !== expected[axis])) {
    throw new ShapeError(parameter.name, expected, shape, where);
  }
  const order = torchOrder(parameter);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return permute(data, shape, inverse);
}

/** Reads every parameter back to the host, under PyTorch's names and in its layout. */
export async function stateDict(model: Model): Promise<Map<string, Weight>> {
  const entries = [...model.parameters].map(async ([name, parameter]): Promise<[string, Weight]> => {
    const data = (await parameter.variable.data()) as Float32Array;
    return [name, toTorch(parameter, Float32Array.from(data))];
  });
  return new Map(await Promise.all(entries));
}

export interface LoadOptions {
  /** What the arrays came from, for messages. */
  readonly where?: string;
  /** Also accept a file that lacks parameters (they keep their values) or has more than the model. Default false. */
  readonly partial?: boolean;
}

/** What a load did not find or did not use. Both are empty after a strict load. */
export interface LoadReport {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

const COUNTER = /(^|\.)num_batches_tracked$/;
const AUX = 'aux_bn.';

/**
 * Copies arrays into the model by name. PyTorch's `num_batches_tracked` is ignored. A plain checkpoint also fills the
 * auxiliary norms of a model with two routes, with copies of the main ones.
 *
 * @throws CheckpointError (E_NAMES) naming what is missing and extra, unless `partial`
 * @throws ShapeError for an array of another shape; the model is then unchanged
 */
export function loadStateDict(model: Model, weights: WeightMap, options: LoadOptions = {}): LoadReport {
  const { where = '', partial = false } = options;
  const hasAux = [...weights.keys()].some((name) => name.includes(AUX));
  const sourceOf = (name: string) => (hasAux ? name : name.replace(AUX, ''));
  const found = [...model.parameters].filter(([name]) => weights.has(sourceOf(name)));
  const used = new Set(found.map(([name]) => sourceOf(name)));
  const missing = [...model.parameters.keys()].filter((name) => !weights.has(sourceOf(name)));
  const extra = [...weights.keys()].filter((name) => !used.has(name) && !COUNTER.test(name));
  if (!partial && missing.length + extra.length > 0) {
    throw new CheckpointError('E_NAMES', mismatch(where, missing, extra));
  }
  const values = found.map(([name, parameter]) => fromTorch(parameter, weights.get(sourceOf(name))!, where));
  found.forEach(([, parameter], index) => {
    assign(parameter, values[index]!);
  });
  return { missing, extra };
}

/** Gives a parameter new values, in the engine's layout. */
export function assign(parameter: Parameter, values: Float32Array): void {
  const next = tf.tensor(values, [...parameter.spec.shape]);
  parameter.variable.assign(next);
  next.dispose();
}

function mismatch(where: string, missing: readonly string[], extra: readonly string[]): string {
  const list = (names: readonly string[]) =>
    names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
  const parts = [
    ...(missing.length > 0 ? [`${missing.length} missing (${list(missing)})`] : []),
    ...(extra.length > 0 ? [`${extra.length} that the model does not have (${list(extra)})`] : []),
  ];
  return `Expected${where === '' ? '' : ` in ${where}`} exactly the model's arrays but found ${parts.join(' and ')}.`;
}
