import { UsageError } from '../../core/errors.js';
import { CountOps } from '../count.js';
import { resolvePadding } from '../layers/convolution-shape.js';
import type {
  BatchNormSpec,
  ConvSpec,
  LinearSpec,
  Ops,
  Padding,
  PoolSpec,
  ProductOptions,
  Route,
} from '../layers/ops.js';
import type { Parameter } from '../layers/parameter.js';
import type { Shape } from '../layers/shape.js';
import type { OnnxGraph } from './graph.js';

/** A value of the exported graph. */
export interface OnnxValue {
  readonly name: string;
  /** As the network's definition sees it: `[batch, ...space, channels]`. The batch is symbolic in the file. */
  readonly shape: Shape;
  /** Whether the file holds it as `[batch, channels, ...space]`, as maps are, or in the order of `shape`. */
  readonly channelsFirst: boolean;
}

/** ONNX's `pads`: all beginnings, then all ends. */
const pads = (padding: readonly Padding[]): number[] => [
  ...padding.map(([before]) => before),
  ...padding.map(([, after]) => after),
];

/** Writes a network down as ONNX operators, in evaluation mode. Names of weights are those of PyTorch. */
export class OnnxOps implements Ops<OnnxValue> {
  readonly training = false;
  readonly route: Route;
  readonly #graph: OnnxGraph;
  readonly #shapes = new CountOps();

  constructor(graph: OnnxGraph, route: Route = 'main') {
    this.#graph = graph;
    this.route = route;
  }

  shape(x: OnnxValue): Shape {
    return x.shape;
  }

  conv(x: OnnxValue, spec: ConvSpec): OnnxValue {
    const { weight, bias, kernel, stride, groups } = spec;
    const inputs = [this.#first(x).name, ...[weight, bias].flatMap((each) => this.#weight(each))];
    const padding = pads(resolvePadding(x.shape.slice(1, -1), spec));
    const name = this.#graph.node('Conv', inputs, {
      kernel_shape: kernel,
      strides: stride,
      pads: padding,
      group: groups,
    });
    return { name, shape: this.#shapes.conv(x.shape, spec), channelsFirst: true };
  }

  batchNorm(x: OnnxValue, { scale, offset, mean, variance, epsilon }: BatchNormSpec): OnnxValue {
    const channels = x.shape.at(-1)!;
    const uniform = (value: number) => this.#graph.floats(new Array<number>(channels).fill(value));
    const inputs = [
      this.#first(x).name,
      this.#weight(scale)[0] ?? uniform(1),
      this.#weight(offset)[0] ?? uniform(0),
      ...this.#weight(mean),
      ...this.#weight(variance),
    ];
    const name = this.#graph.node('BatchNormalization', inputs, { epsilon: { float: epsilon } });
    return { name, shape: x.shape, channelsFirst: true };
  }

  linear(x: OnnxValue, { weight, bias }: LinearSpec): OnnxValue {
    const rows = this.#last(x);
    const shape = this.#shapes.linear(x.shape, { weight });
    const [kernel, offset] = [weight, bias].flatMap((each) => this.#weight(each));
    if (x.shape.length === 2) {
      const inputs = [rows.name, kernel!, ...(offset === undefined ? [] : [offset])];
      return { name: this.#graph.node('Gemm', inputs, { transB: 1 }), shape, channelsFirst: false };
    }
    const transposed = this.#graph.node('Transpose', [kernel!], { perm: [1, 0] });
    const product = this.#graph.node('MatMul', [rows.name, transposed]);
    const name = offset === undefined ? product : this.#graph.node('Add', [product, offset]);
    return { name, shape, channelsFirst: false };
  }

  maxPool(x: OnnxValue, spec: PoolSpec): OnnxValue {
    const name = this.#graph.node('MaxPool', [this.#first(x).name], {
      kernel_shape: spec.kernel,
      strides: spec.stride,
      pads: pads(spec.padding),
    });
    return { name, shape: this.#shapes.maxPool(x.shape, spec), channelsFirst: true };
  }

  subsample(x: OnnxValue, stride: number): OnnxValue {
    if (stride === 1) return x;
    const shape = this.#shapes.subsample(x.shape, stride);
    const axes = shape.slice(1, -1).map((_, axis) => axis + 2);
    return this.#cut(this.#first(x), shape, {
      axes,
      starts: axes.map(() => 0),
      ends: x.shape.slice(1, -1),
      steps: axes.map(() => stride),
    });
  }

  mean(x: OnnxValue, axes: readonly number[], keepAxes: boolean): OnnxValue {
    const name = this.#graph.node('ReduceMean', [x.name], {
      axes: axes.map((axis) => this.#axis(x, axis)),
      keepdims: keepAxes ? 1 : 0,
    });
    return { name, shape: this.#shapes.mean(x.shape, axes, keepAxes), channelsFirst: x.channelsFirst };
  }

  relu(x: OnnxValue): OnnxValue {
    return this.#unary('Relu', x);
  }

  relu6(x: OnnxValue): OnnxValue {
    return this.#unary('Clip', x, [this.#graph.floats(0), this.#graph.floats(6)]);
  }

  swish(x: OnnxValue): OnnxValue {
    return this.multiply(x, this.sigmoid(x));
  }

  sigmoid(x: OnnxValue): OnnxValue {
    return this.#unary('Sigmoid', x);
  }

  add(a: OnnxValue, b: OnnxValue): OnnxValue {
    return this.#binary('Add', a, b);
  }

  multiply(a: OnnxValue, b: OnnxValue): OnnxValue {
    return this.#binary('Mul', a, b);
  }

  scale(x: OnnxValue, factor: number): OnnxValue {
    return this.#unary('Mul', x, [this.#graph.floats(factor)]);
  }

  concat(parts: readonly OnnxValue[], axis: 0 | -1): OnnxValue {
    const [first] = parts as readonly [OnnxValue, ...OnnxValue[]];
    if (parts.length === 1) return first;
    const names = parts.map((part) => this.#as(part, first.channelsFirst).name);
    const at = this.#axis(first, axis === 0 ? 0 : first.shape.length - 1);
    const shape = this.#shapes.concat(
      parts.map((part) => part.shape),
      axis,
    );
    return { ...first, name: this.#graph.node('Concat', names, { axis: at }), shape };
  }

  slice(x: OnnxValue, axis: 0 | -1, start: number, size: number): OnnxValue {
    const at = axis === 0 ? 0 : x.shape.length - 1;
    if (start === 0 && size === x.shape[at]) return x;
    const shape = this.#shapes.slice(x.shape, axis, start, size);
    return this.#cut(x, shape, {
      axes: [this.#axis(x, at)],
      starts: [start],
      ends: [start + size],
      steps: [1],
    });
  }

  flattenSpace(x: OnnxValue): OnnxValue {
    const name = this.#graph.node('Reshape', [this.#first(x).name, this.#graph.integers([0, 0, -1])]);
    return { name, shape: this.#shapes.flattenSpace(x.shape), channelsFirst: true };
  }

  unflattenSpace(x: OnnxValue, space: Shape): OnnxValue {
    const name = this.#graph.node('Reshape', [this.#first(x).name, this.#graph.integers([0, 0, ...space])]);
    return { name, shape: this.#shapes.unflattenSpace(x.shape, space), channelsFirst: true };
  }

  product(a: OnnxValue, b: OnnxValue, options: ProductOptions = {}): OnnxValue {
    const side = (x: OnnxValue, transposed: boolean): string =>
      x.channelsFirst === transposed ? x.name : this.#graph.node('Transpose', [x.name], { perm: [0, 2, 1] });
    const names = [side(a, options.transposeA === true), side(b, options.transposeB === true)];
    const shape = this.#shapes.product(a.shape, b.shape, options);
    return { name: this.#graph.node('MatMul', names), shape, channelsFirst: false };
  }

  upsample2(x: OnnxValue): OnnxValue {
    const shape = this.#shapes.upsample2(x.shape);
    const scales = this.#graph.floats([1, 1, ...x.shape.slice(1, -1).map(() => 2)]);
    const name = this.#graph.node('Resize', [this.#first(x).name, '', scales], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
    return { name, shape, channelsFirst: true };
  }

  dropout(x: OnnxValue): OnnxValue {
    return x;
  }

  gated(): OnnxValue {
    throw new UsageError('Expected a network to export but this is a search network. Export what it finds.');
  }

  sampled(x: OnnxValue): OnnxValue {
    return x;
  }

  /** The value in the order of its `shape`. */
  #last(x: OnnxValue): OnnxValue {
    return this.#as(x, false);
  }

  #first(x: OnnxValue): OnnxValue {
    return this.#as(x, true);
  }

  #as(x: OnnxValue, channelsFirst: boolean): OnnxValue {
    const rank = x.shape.length;
    // With no space between batch and channels both orders are one.
    if (x.channelsFirst === channelsFirst || rank < 3) return { ...x, channelsFirst };
    const space = Array.from({ length: rank - 2 }, (_, axis) => axis);
    const perm = channelsFirst
      ? [0, rank - 1, ...space.map((axis) => axis + 1)]
      : [0, ...space.map((axis) => axis + 2), 1];
    return { ...x, name: this.#graph.node('Transpose', [x.name], { perm }), channelsFirst };
  }

  /** Where an axis of `shape` is in the file. */
  #axis({ shape, channelsFirst }: OnnxValue, axis: number): number {
    if (!channelsFirst || axis === 0) return axis;
    return axis === shape.length - 1 ? 1 : axis + 1;
  }

  #weight(parameter: Parameter | undefined): string[] {
    return parameter === undefined ? [] : [this.#graph.weight(parameter.name)];
  }

  #unary(operator: string, x: OnnxValue, others: readonly string[] = []): OnnxValue {
    return { ...x, name: this.#graph.node(operator, [x.name, ...others]) };
  }

  #binary(operator: string, a: OnnxValue, b: OnnxValue): OnnxValue {
    const other = this.#as(b, a.channelsFirst);
    const shape = this.#shapes.add(a.shape, b.shape);
    return { ...a, name: this.#graph.node(operator, [a.name, other.name]), shape };
  }

  #cut(
    x: OnnxValue,
    shape: Shape,
    range: Readonly<Record<'starts' | 'ends' | 'axes' | 'steps', readonly number[]>>,
  ): OnnxValue {
    const { starts, ends, axes, steps } = range;
    const lists = [starts, ends, axes, steps].map((values) => this.#graph.integers(values));
    return { ...x, name: this.#graph.node('Slice', [x.name, ...lists]), shape };
  }
}
