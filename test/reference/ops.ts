import { resolvePadding } from '../../src/models/convolution-shape.js';
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
import { convolve, convolveBackward, type Loops } from './convolution.js';
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

  maxPool(x: Value, { kernel, stride, padding }: PoolSpec): Value {
    const space = x.shape.slice(1, -1);
    const channels = x.shape.at(-1)!;
    const out = space.map(
      (extent, axis) =>
        Math.floor((extent + padding[axis]![0] + padding[axis]![1] - kernel[axis]!) / stride[axis]!) + 1,
    );
    const shape = [x.shape[0]!, ...out, channels];
    const winners = Array.from({ length: size(shape) }, (_, at) => {
      const index = unravel(at, shape);
      let best = -1;
      for (let tap = 0; tap < size(kernel); tap++) {
        const offset = unravel(tap, kernel);
        const place = space.map(
          (_, axis) => index[axis + 1]! * stride[axis]! + offset[axis]! - padding[axis]![0],
        );
        if (place.some((p, axis) => p < 0 || p >= space[axis]!)) continue;
        const from = ravel([index[0]!, ...place, index.at(-1)!], x.shape);
        if (best < 0 || x.data[from]! > x.data[best]!) best = from;
      }
      return best;
    });
    return this.tape.gather(x, shape, (i) => winners[i]!);
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
    return this.#combine(
      a,
      b,
      (x, y) => x + y,
      () => 1,
      () => 1,
    );
  }

  multiply(a: Value, b: Value): Value {
    return this.#combine(
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
    const at = axis === 0 ? 0 : parts[0]!.shape.length - 1;
    const shape = parts[0]!.shape.map((extent, index) =>
      index === at ? parts.reduce((sum, part) => sum + part.shape[at]!, 0) : extent,
    );
    const data = new Float64Array(size(shape));
    const places: number[][] = [];
    let start = 0;
    for (const part of parts) {
      const first = start;
      places.push(
        Array.from(part.data, (value, i) => {
          const to = ravel(
            unravel(i, part.shape).map((place, index) => (index === at ? place + first : place)),
            shape,
          );
          data[to] = value;
          return to;
        }),
      );
      start += part.shape[at]!;
    }
    return this.tape.record(shape, data, (grad) => {
      parts.forEach((part, index) => {
        places[index]!.forEach((to, i) => {
          part.grad[i]! += grad[to]!;
        });
      });
    });
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

  product(a: Value, b: Value, { transposeA = false, transposeB = false }: ProductOptions = {}): Value {
    const [batch, aRows, aColumns] = a.shape as [number, number, number];
    const [, bRows, bColumns] = b.shape as [number, number, number];
    const [rows, inner] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
    const columns = transposeB ? bRows : bColumns;
    const left = (n: number, i: number, k: number) =>
      (n * aRows + (transposeA ? k : i)) * aColumns + (transposeA ? i : k);
    const right = (n: number, k: number, j: number) =>
      (n * bRows + (transposeB ? j : k)) * bColumns + (transposeB ? k : j);
    const each = (visit: (out: number, l: number, r: number) => void) => {
      for (let n = 0; n < batch; n++)
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++)
            for (let k = 0; k < inner; k++)
              visit((n * rows + i) * columns + j, left(n, i, k), right(n, k, j));
    };
    const data = new Float64Array(batch * rows * columns);
    each((out, l, r) => {
      data[out]! += a.data[l]! * b.data[r]!;
    });
    return this.tape.record([batch, rows, columns], data, (grad) => {
      each((out, l, r) => {
        a.grad[l]! += grad[out]! * b.data[r]!;
        b.grad[r]! += grad[out]! * a.data[l]!;
      });
    });
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

  #rearrange(x: Value, shape: Shape, from: (index: readonly number[]) => readonly number[]): Value {
    return this.tape.gather(x, shape, (i) => ravel(from(unravel(i, shape)), x.shape));
  }

  /** With broadcasting; vectors stand for the last axis. */
  #combine(
    a: Value,
    b: Value,
    f: (x: number, y: number) => number,
    slopeA: (x: number, y: number) => number,
    slopeB: (x: number, y: number) => number,
  ): Value {
    const [big, small] = a.data.length >= b.data.length ? [a, b] : [b, a];
    const extents = [...Array<number>(big.shape.length - small.shape.length).fill(1), ...small.shape];
    const isVector = extents.slice(0, -1).every((extent) => extent === 1);
    const channels = small.data.length;
    const same = big.data.length === small.data.length;
    const at = (i: number) => {
      if (same) return i;
      if (isVector) return i % channels;
      return ravel(
        unravel(i, big.shape).map((place, axis) => (extents[axis] === 1 ? 0 : place)),
        extents,
      );
    };
    const aAt = (i: number) => (a === big ? i : at(i));
    const bAt = (i: number) => (a === big ? at(i) : i);
    const data = Float64Array.from({ length: big.data.length }, (_, i) =>
      f(a.data[aAt(i)]!, b.data[bAt(i)]!),
    );
    return this.tape.record(big.shape, data, (grad) => {
      for (let i = 0; i < grad.length; i++) {
        const [x, y] = [a.data[aAt(i)]!, b.data[bAt(i)]!];
        a.grad[aAt(i)]! += grad[i]! * slopeA(x, y);
        b.grad[bAt(i)]! += grad[i]! * slopeB(x, y);
      }
    });
  }
}

function unravel(flat: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length);
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

function ravel(index: readonly number[], shape: Shape): number {
  return index.reduce((flat, place, axis) => flat * shape[axis]! + place, 0);
}

/** Mean and biased variance per channel. */
function moments(data: Float64Array, channels: number): [mean: Float64Array, variance: Float64Array] {
  const rows = data.length / channels;
  const [mean, variance] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < data.length; i++) mean[i % channels]! += data[i]! / rows;
  for (let i = 0; i < data.length; i++)
    variance[i % channels]! += (data[i]! - mean[i % channels]!) ** 2 / rows;
  return [mean, variance];
}
