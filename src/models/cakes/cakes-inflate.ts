import { volume } from '../layers/shape.js';
import type { Weight, WeightMap } from '../weights.js';
import type { Branch, CakesOpKind, CakesSplit } from './cakes.js';
import { branchKernel, isMixed, liveBranches, MIXED_OPS } from './cakes.js';

/**
 * A 2D kernel `[out, in, 1, k, k]` as a kernel of another form. k×k×k: the kernel repeated k times in time, / k.
 * Forms with two long axes: the kernel laid into that plane. Forms with one: the sum of the kernel at each of the
 * k places, / k.
 */
export function inflateKernel({ shape, data }: Weight, branch: Branch): Weight {
  const [outputs, inputs] = shape as [number, number];
  const side = shape.at(-1)!;
  const [kd, kh, kw] = branchKernel(branch, side) as [number, number, number];
  const out = new Float32Array(outputs * inputs * kd * kh * kw);
  const long = [kd, kh, kw].filter((extent) => extent > 1).length;
  let to = 0;
  for (let pair = 0; pair < outputs * inputs; pair++) {
    const kernel = data.subarray(pair * side * side, (pair + 1) * side * side);
    const total = kernel.reduce((sum, value) => sum + value, 0);
    const at = (row: number, column: number) => kernel[row * side + column]!;
    for (let t = 0; t < kd; t++) {
      for (let y = 0; y < kh; y++) {
        for (let x = 0; x < kw; x++) {
          if (long === 1) out[to++] = total / side;
          else if (long === 3) out[to++] = at(y, x) / side;
          else if (branch === 'kx1xk') out[to++] = at(t, x);
          else out[to++] = branch === 'kxkx1' ? at(y, t) : at(y, x);
        }
      }
    }
  }
  return { shape: [outputs, inputs, kd, kh, kw], data: out };
}

/** Rows `start` to `start + count` of the first axis. */
export function takeRows({ shape, data }: Weight, start: number, count: number): Weight {
  const row = volume(shape.slice(1));
  return { shape: [count, ...shape.slice(1)], data: data.slice(start * row, (start + count) * row) };
}

/** Deals the output channels of a 2D kernel to the branches in their order and inflates each part. */
export function inflateMixed(kernel: Weight, branches: readonly (readonly [Branch, number])[]): Weight[] {
  let start = 0;
  return branches.map(([branch, count]) => {
    const part = inflateKernel(takeRows(kernel, start, count), branch);
    start += count;
    return part;
  });
}

const tile = ({ shape, data }: Weight, times: number, axis: 0 | 1): Weight => {
  const copies = shape.map((extent, index) => (index === axis ? extent * times : extent));
  const row = volume(shape.slice(axis));
  const out = new Float32Array(data.length * times);
  for (let from = 0; from < data.length; from += row) {
    for (let copy = 0; copy < times; copy++)
      out.set(data.subarray(from, from + row), from * times + copy * row);
  }
  return { shape: copies, data: out };
};

const withTime = ({ shape, data }: Weight): Weight => ({
  shape: [shape[0]!, shape[1]!, 1, ...shape.slice(2)],
  data,
});

export interface InflateOptions {
  readonly op: CakesOpKind;
  readonly splits?: readonly CakesSplit[] | undefined;
  readonly search?: boolean;
}

/**
 * Weights for a video ResNet from those of a 2D ResNet with bottlenecks, by name. Search networks get every branch in
 * full, the norm and the inputs of the following convolution repeated. P3D's second convolution has no 2D
 * counterpart and is left out: load with `partial`.
 */
export function inflateWeights(
  weights: WeightMap,
  { op, splits, search = false }: InflateOptions,
): Map<string, Weight> {
  const repeats = search && isMixed(op) ? MIXED_OPS[op].length : 1;
  const prefixes = [...weights.keys()].filter((name) => name.endsWith('.conv2.weight'));
  const splitOf = new Map(prefixes.map((name, index) => [name, splits?.[index]]));
  const normName = isMixed(op) ? 'convT.out.0' : op === 'p3d' ? 'convT.op.2' : 'convT.op.1';
  const entries = [...weights].flatMap(([name, weight]): [string, Weight][] => {
    if (name.endsWith('.conv2.weight')) return middle(name, weight, splitOf.get(name));
    if (name.includes('.bn2.')) return [[name.replace('bn2', normName), vector(weight)]];
    if (name.endsWith('.conv3.weight')) return [[name, tile(withTime(weight), repeats, 1)]];
    return [[name, weight.shape.length === 4 ? withTime(weight) : weight]];
  });
  return new Map(entries);

  function vector(weight: Weight): Weight {
    return weight.shape.length === 1 ? tile(weight, repeats, 0) : weight;
  }

  function middle(name: string, weight: Weight, split: CakesSplit | undefined): [string, Weight][] {
    const kernel = withTime(weight);
    const outputs = weight.shape[0]!;
    if (!isMixed(op)) {
      return [[name.replace('conv2', 'convT.op.0'), inflateKernel(kernel, op === '3d' ? 'kxkxk' : '1xkxk')]];
    }
    const full = search ? MIXED_OPS[op].map((branch) => inflateKernel(kernel, branch)) : undefined;
    const parts = full ?? inflateMixed(kernel, liveBranches(op, outputs, split));
    return parts.map((part, index) => [name.replace('conv2', `convT.convs.${index}.0`), part]);
  }
}
