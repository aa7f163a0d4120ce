import { resolvePadding } from './layers/convolution-shape.js';
import type { Module } from './layers/module.js';
import type {
  BatchNormSpec,
  ConvSpec,
  LinearSpec,
  Ops,
  PoolSpec,
  ProductOptions,
  Route,
} from './layers/ops.js';
import type { Parameter } from './layers/parameter.js';
import type { Shape } from './layers/shape.js';
import { volume } from './layers/shape.js';

/** What a counted line is. `pool` is averaging, `product` a matrix product without weights. */
export type LayerKind = 'conv' | 'linear' | 'norm' | 'pool' | 'product';

/** One line of a network's account. */
export interface LayerCount {
  readonly name: string;
  readonly kind: LayerKind;
  /** Of one sample, without the batch. */
  readonly output: Shape;
  readonly params: number;
  /** Multiply-accumulates for one sample. A pool counts one per input element. */
  readonly macs: number;
}

/** How a paper counts: AutoNL and AtomNAS also count the pools and LightNL's products. */
export type Counting = 'plain' | 'mobile';

const COUNTED: Readonly<Record<Counting, readonly LayerKind[]>> = {
  plain: ['conv', 'linear'],
  mobile: ['conv', 'linear', 'pool', 'product'],
};

/** Runs a network on shapes and keeps account. Parameters need names but no variables. */
export class CountOps implements Ops<Shape> {
  readonly training = false;
  readonly route: Route = 'main';
  readonly layers: LayerCount[] = [];

  #add(
    kind: LayerKind,
    output: Shape,
    macs: number,
    parameters: readonly (Parameter | undefined)[] = [],
  ): Shape {
    const present = parameters.filter((parameter) => parameter !== undefined);
    const name = present[0]?.name.replace(/\.?[^.]+$/, '') ?? kind;
    const params = present.reduce((sum, parameter) => sum + parameter.size, 0);
    this.layers.push({ name, kind, output: output.slice(1), params, macs });
    return output;
  }

  shape(x: Shape): Shape {
    return x;
  }

  conv(x: Shape, spec: ConvSpec): Shape {
    const space = slide(x.slice(1, -1), spec, resolvePadding(x.slice(1, -1), spec));
    const perPosition = (volume(spec.kernel) * spec.inputs * spec.outputs) / spec.groups;
    const output = [x[0]!, ...space, spec.outputs];
    return this.#add('conv', output, volume(space) * perPosition, [spec.weight, spec.bias]);
  }

  batchNorm(x: Shape, { scale, offset, mean }: BatchNormSpec): Shape {
    const learned = [scale, offset].filter((parameter) => parameter !== undefined);
    if (learned.length > 0) return this.#add('norm', x, 0, learned);
    this.layers.push({
      name: mean.name.replace(/\.?[^.]+$/, ''),
      kind: 'norm',
      output: x.slice(1),
      params: 0,
      macs: 0,
    });
    return x;
  }

  linear(x: Shape, { weight, bias }: LinearSpec): Shape {
    const [inputs, outputs] = weight.spec.shape as [number, number];
    const rows = volume(x.slice(1)) / inputs;
    return this.#add('linear', [...x.slice(0, -1), outputs], rows * inputs * outputs, [weight, bias]);
  }

  maxPool(x: Shape, spec: PoolSpec): Shape {
    return [x[0]!, ...slide(x.slice(1, -1), spec, spec.padding), x.at(-1)!];
  }

  subsample(x: Shape, stride: number): Shape {
    return [x[0]!, ...x.slice(1, -1).map((extent) => Math.ceil(extent / stride)), x.at(-1)!];
  }

  mean(x: Shape, axes: readonly number[], keepAxes: boolean): Shape {
    const output = x.flatMap((extent, axis) => (axes.includes(axis) ? (keepAxes ? [1] : []) : [extent]));
    return this.#add('pool', output, volume(x.slice(1)));
  }

  relu(x: Shape): Shape {
    return x;
  }

  relu6(x: Shape): Shape {
    return x;
  }

  swish(x: Shape): Shape {
    return x;
  }

  sigmoid(x: Shape): Shape {
    return x;
  }

  add(a: Shape, b: Shape): Shape {
    return a.map((extent, axis) => Math.max(extent, b[axis]!));
  }

  multiply(a: Shape, b: Shape): Shape {
    return this.add(a, b);
  }

  scale(x: Shape): Shape {
    return x;
  }

  concat(parts: readonly Shape[], axis: 0 | -1): Shape {
    const at = axis === 0 ? 0 : parts[0]!.length - 1;
    const joined = parts.reduce((sum, part) => sum + part[at]!, 0);
    return parts[0]!.map((extent, index) => (index === at ? joined : extent));
  }

  slice(x: Shape, axis: 0 | -1, _start: number, size: number): Shape {
    const at = axis === 0 ? 0 : x.length - 1;
    return x.map((extent, index) => (index === at ? size : extent));
  }

  flattenSpace(x: Shape): Shape {
    return [x[0]!, volume(x.slice(1, -1)), x.at(-1)!];
  }

  unflattenSpace(x: Shape, space: Shape): Shape {
    return [x[0]!, ...space, x.at(-1)!];
  }

  product(a: Shape, b: Shape, { transposeA = false, transposeB = false }: ProductOptions = {}): Shape {
    const [rows, inner] = transposeA ? [a[2]!, a[1]!] : [a[1]!, a[2]!];
    const columns = transposeB ? b[1]! : b[2]!;
    return this.#add('product', [a[0]!, rows, columns], rows * inner * columns);
  }

  upsample2(x: Shape): Shape {
    return [x[0]!, ...x.slice(1, -1).map((extent) => extent * 2), x.at(-1)!];
  }

  dropout(x: Shape): Shape {
    return x;
  }

  gated(x: Shape): Shape {
    return x;
  }

  sampled(x: Shape): Shape {
    return x;
  }
}

/** Extents after a window of `kernel` moved by `stride` over padded axes. */
function slide(
  space: Shape,
  { kernel, stride }: { readonly kernel: Shape; readonly stride: Shape },
  padding: PoolSpec['padding'],
): Shape {
  return space.map((extent, axis) => {
    const [before, after] = padding[axis]!;
    return Math.floor((extent + before + after - kernel[axis]!) / stride[axis]!) + 1;
  });
}

/** A network's account for one input of the given shape, without the batch. */
export interface NetworkCount {
  readonly params: number;
  /** Parameters of convolutions and linear layers only. */
  readonly weightParams: number;
  /** In the paper's own counting. */
  readonly macs: number;
  /** Convolutions and linear layers only. */
  readonly plainMacs: number;
  readonly output: Shape;
  readonly layers: readonly LayerCount[];
}

/** Counts parameters and multiply-accumulates of a named network; no engine needed. */
export function countNetwork(network: Module, inputShape: Shape, counting: Counting = 'plain'): NetworkCount {
  const ops = new CountOps();
  const output = network.apply<Shape>(ops, [1, ...inputShape]);
  const sum = (kinds: readonly LayerKind[], key: 'params' | 'macs') =>
    ops.layers.filter(({ kind }) => kinds.includes(kind)).reduce((total, layer) => total + layer[key], 0);
  const learned = [...network.parameters()].filter(([, { spec }]) => spec.role !== 'statistic');
  return {
    params: learned.reduce((total, [, parameter]) => total + parameter.size, 0),
    weightParams: sum(COUNTED.plain, 'params'),
    macs: sum(COUNTED[counting], 'macs'),
    plainMacs: sum(COUNTED.plain, 'macs'),
    output: output.slice(1),
    layers: ops.layers,
  };
}
