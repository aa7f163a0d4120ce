import type {
  BatchNormSpec,
  ConvSpec,
  LinearSpec,
  Ops,
  Padding,
  Parameter,
  PoolSpec,
  ProductOptions,
  Route,
  Shape,
} from '../../src/models/index.js';
import { resolvePadding } from '../../src/models/layers/convolution-shape.js';
import type { GateSpec } from '../../src/models/layers/ops.js';
import { moments, ravel, unravel } from './arrays.js';
import { convolve, convolveBackward, type Loops } from './convolution.js';
import { combine, concat, maxPool, product } from './functions.js';
import { size, Tape, type Value } from './tape.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Three axes for one, two or three, the missing ones first with `fill`. */
const pad3 = <T>(values: readonly T[], fill: T): T[] => [
  ...Array<T>(3 - values.length).fill(fill),
  ...values,
];

/**
 * Runs a network definition in float64 with plain loops and differentiates it: what the engine's float32 results are
 * measured against. Slow, exact, needs no engine.
 */
export class ReferenceOps implements Ops<Value> {
  readonly training: boolean;
  readonly route: Route;
  readonly tape = new Tape();
  readonly #parameters: ReadonlyMap<Parameter, Value>;

  constructor(
    parameters: ReadonlyMap<Parameter, Value>,
    options: { training?: boolean; route?: Route } = {},
  ) {
    this.#parameters = parameters;
    this.training = options.training ?? false;
    this.route = options.route ?? 'main';
  }

  #value(parameter: Parameter): Value {
    return this.#parameters.get(parameter)!;
  }

  shape(x: Value): Shape {
    return x.shape;
  }

  conv(x: Value, spec: ConvSpec): Value {
    const space = x.shape.slice(1, -1);
    const padding = resolvePadding(space, spec);
    const outSpace = space.map((extent, axis) => {
      const [before, after] = padding[axis]!;
      return Math.floor((extent + before + after - spec.kernel[axis]!) / spec.stride[axis]!) + 1;
    });
    const loops: Loops = {
      batch: x.shape[0]!,
      space: pad3(space, 1),
      outSpace: pad3(outSpace, 1),
      kernel: pad3(spec.kernel, 1),
      stride: pad3(spec.stride, 1),
      padding: pad3<Padding>(padding, [0, 0]),
      inputs: spec.inputs,
      outputs: spec.outputs,
      groups: spec.groups,
    };
    const weight = this.#value(spec.weight);
    const shape = [x.shape[0]!, ...outSpace, spec.outputs];
    const y = this.tape.record(shape, convolve(x.data, weight.data, loops), (grad) => {
      convolveBackward(x, weight, grad, loops);
    });
    return spec.bias === undefined ? y : this.add(y, this.#value(spec.bias));
  }

  batchNorm(x: Value, spec: BatchNormSpec): Value {
    const channels = x.shape.at(-1)!;
    const rows = x.data.length / channels;
    const [mean, variance] = this.training
      ? moments(x.data, channels)
      : [this.#value(spec.mean).data, this.#value(spec.variance).data];
    if (this.training) {
      const unbiased = variance.map((value) => (value * rows) / Math.max(1, rows - 1));
      this.#track(spec.mean, mean, spec.momentum);
      this.#track(spec.variance, unbiased, spec.momentum);
    }
    const inverse = variance.map((value) => 1 / Math.sqrt(value + spec.epsilon));
    const normalized = x.data.map((value, i) => (value - mean[i % channels]!) * inverse[i % channels]!);
    const y = this.tape.record(x.shape, normalized, (grad) => {
      const [sum, dot] = [new Float64Array(channels), new Float64Array(channels)];
      if (this.training) {
        grad.forEach((slope, i) => {
          sum[i % channels]! += slope / rows;
          dot[i % channels]! += (slope * normalized[i]!) / rows;
        });
      }
      grad.forEach((slope, i) => {
        const c = i % channels;
        x.grad[i]! += inverse[c]! * (slope - sum[c]! - normalized[i]! * dot[c]!);
      });
    });
    const scaled = spec.scale === undefined ? y : this.multiply(y, this.#value(spec.scale));
    return spec.offset === undefined ? scaled : this.add(scaled, this.#value(spec.offset));
  }

  #track(parameter: Parameter, batch: Float64Array, momentum: number): void {
    const running = this.#value(parameter).data;
    batch.forEach((value, i) => {
      running[i] = (1 - momentum) * running[i]! + momentum * value;
    });
  }

  linear(x: Value, { weight, bias }: LinearSpec): Value {
    const kernel = this.#value(weight);
    const [inputs, outputs] = kernel.shape as [number, number];
    const rows = x.data.length / inputs;
    const flat = this.tape.gather(x, [1, rows, inputs], (i) => i);
    const product = this.product(
      flat,
      this.tape.gather(kernel, [1, inputs, outputs], (i) => i),
    );
    const y = this.tape.gather(product, [...x.shape.slice(0, -1), outputs], (i) => i);
    return bias === undefined ? y : this.add(y, this.#value(bias));
  }

  maxPool(x: Value, spec: PoolSpec): Value {
    return maxPool(this.tape, x, spec);
  }

  subsample(x: Value, stride: number): Value {
    const shape = x.shape.map((extent, axis) =>
      axis === 0 || axis === x.shape.length - 1 ? extent : Math.ceil(extent / stride),
    );
    return this.#rearrange(x, shape, (index) =>
      index.map((place, axis) => (axis === 0 || axis === index.length - 1 ? place : place * stride)),
    );
  }

  mean(x: Value, axes: readonly number[], keepAxes: boolean): Value {
    const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const count = size(x.shape) / size(kept);
    const to = (i: number) =>
      ravel(
        unravel(i, x.shape).map((place, axis) => (axes.includes(axis) ? 0 : place)),
        kept,
      );
    const data = new Float64Array(size(kept));
    x.data.forEach((value, i) => {
      data[to(i)]! += value / count;
    });
    const shape = keepAxes ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
    return this.tape.record(shape, data, (grad) => {
      for (let i = 0; i < x.grad.length; i++) x.grad[i]! += grad[to(i)]! / count;
    });
  }

  relu(x: Value): Value {
    return this.tape.map(
      x,
      (v) => Math.max(0, v),
      (v) => (v > 0 ? 1 : 0),
    );
  }

  relu6(x: Value): Value {
    return this.tape.map(
      x,
      (v) => Math.min(6, Math.max(0, v)),
      (v) => (v > 0 && v < 6 ? 1 : 0),
    );
  }

  swish(x: Value): Value {
    return this.multiply(x, this.sigmoid(x));
  }

  sigmoid(x: Value): Value {
    return this.tape.map(x, sigmoid, (_, y) => y * (1 - y));
  }

  add(a: Value, b: Value): Value {
    return combine(
      this.tape,
      a,
      b,
      (x, y) => x + y,
      () => 1,
      () => 1,
    );
  }

  multiply(a: Value, b: Value): Value {
    return combine(
      this.tape,
      a,
      b,
      (x, y) => x * y,
      (_, y) => y,
      (x) => x,
    );
  }

  scale(x: Value, factor: number): Value {
    return this.tape.map(
      x,
      (v) => v * factor,
      () => factor,
    );
  }

  concat(parts: readonly Value[], axis: 0 | -1): Value {
    return concat(this.tape, parts, axis);
  }

  slice(x: Value, axis: 0 | -1, start: number, count: number): Value {
    const at = axis === 0 ? 0 : x.shape.length - 1;
    const shape = x.shape.map((extent, index) => (index === at ? count : extent));
    return this.#rearrange(x, shape, (index) => index.map((place, i) => (i === at ? place + start : place)));
  }

  flattenSpace(x: Value): Value {
    return this.tape.gather(x, [x.shape[0]!, size(x.shape.slice(1, -1)), x.shape.at(-1)!], (i) => i);
  }

  unflattenSpace(x: Value, space: Shape): Value {
    return this.tape.gather(x, [x.shape[0]!, ...space, x.shape.at(-1)!], (i) => i);
  }

  product(a: Value, b: Value, options?: ProductOptions): Value {
    return product(this.tape, a, b, options);
  }

  upsample2(x: Value): Value {
    const inSpace = (axis: number) => axis > 0 && axis < x.shape.length - 1;
    const shape = x.shape.map((extent, axis) => (inSpace(axis) ? extent * 2 : extent));
    return this.#rearrange(x, shape, (index) =>
      index.map((place, axis) => (inSpace(axis) ? Math.floor(place / 2) : place)),
    );
  }

  dropout(x: Value): Value {
    return x;
  }

  /** Forward only: what the gate does to its threshold is tested with the search. */
  gated(x: Value, { weight, threshold }: GateSpec): Value {
    const { data } = this.#value(weight);
    const { init } = weight.spec;
    const start = init.kind === 'normal' ? init.std ** 2 : 1;
    const strength = data.reduce((sum, value) => sum + value * value, 0) / data.length / start;
    return this.scale(x, strength > this.#value(threshold).data[0]! ? 1 : 0);
  }

  /** Forward in evaluation, where all channels take part. */
  sampled(x: Value): Value {
    return x;
  }

  #rearrange(x: Value, shape: Shape, from: (index: readonly number[]) => readonly number[]): Value {
    return this.tape.gather(x, shape, (i) => ravel(from(unravel(i, shape)), x.shape));
  }
}
