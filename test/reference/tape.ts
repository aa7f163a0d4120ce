import type { Shape } from '../../src/models/index.js';

/** A float64 array that remembers how it was made. */
export interface Value {
  readonly shape: Shape;
  readonly data: Float64Array;
  readonly grad: Float64Array;
}

export const size = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

/** A value that nothing was computed for: an input or a parameter. */
export function leaf(shape: Shape, data: ArrayLike<number>): Value {
  return { shape, data: Float64Array.from(data), grad: new Float64Array(size(shape)) };
}

/** Operations in the order in which they ran, for reverse-mode differentiation. */
export class Tape {
  readonly #backward: (() => void)[] = [];

  /** A new value; `backward` adds to the inputs' gradients what `value.grad` says. */
  record(shape: Shape, data: Float64Array, backward: (grad: Float64Array) => void): Value {
    const value: Value = { shape, data, grad: new Float64Array(data.length) };
    this.#backward.push(() => backward(value.grad));
    return value;
  }

  /** Element by element, with the derivative by (input, output). */
  map(x: Value, f: (x: number) => number, slope: (x: number, y: number) => number): Value {
    const data = x.data.map(f);
    return this.record(x.shape, data, (grad) => {
      for (let i = 0; i < grad.length; i++) x.grad[i]! += grad[i]! * slope(x.data[i]!, data[i]!);
    });
  }

  /** The same numbers in another order or place: element i of the result is element `from(i)` of x. */
  gather(x: Value, shape: Shape, from: (index: number) => number): Value {
    const data = Float64Array.from({ length: size(shape) }, (_, i) => x.data[from(i)]!);
    return this.record(shape, data, (grad) => {
      for (let i = 0; i < grad.length; i++) x.grad[from(i)]! += grad[i]!;
    });
  }

  /** Differentiates the sum of `seed[i] * output.data[i]`. */
  differentiate(output: Value, seed: ArrayLike<number>): void {
    output.grad.set(seed);
    for (const step of [...this.#backward].reverse()) step();
  }
}
