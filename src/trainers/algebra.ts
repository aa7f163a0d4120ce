import * as tf from '@tensorflow/tfjs-core';

/**
 * The arithmetic that update rules are written in, so that one definition runs on tensors (inside a compiled step)
 * and on float64 numbers (where it can be checked to the last digits). One-element values broadcast.
 */
export interface Algebra<V> {
  add(a: V, b: V | number): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V | number): V;
  div(a: V, b: V): V;
  sqrt(a: V): V;
  /** `1 - base^exponent`, element-wise in the exponent. */
  oneMinusPower(base: number, exponent: V): V;
  /** Euclidean norm of all elements, as one element. */
  norm(a: V): V;
  /** `a / b` where both are above 0, else 1. */
  ratioOrOne(a: V, b: V): V;
}

export const tensorAlgebra: Algebra<tf.Tensor> = {
  add: (a, b) => tf.add(a, b),
  sub: (a, b) => tf.sub(a, b),
  mul: (a, b) => tf.mul(a, b),
  div: (a, b) => tf.div(a, b),
  sqrt: (a) => tf.sqrt(a),
  oneMinusPower: (base, exponent) => tf.sub(1, tf.exp(tf.mul(exponent, Math.log(base)))),
  norm: (a) => tf.sqrt(tf.sum(tf.square(a))),
  ratioOrOne: (a, b) => {
    const isDefined = tf.logicalAnd(tf.greater(a, 0), tf.greater(b, 0));
    return tf.where(isDefined, tf.div(a, tf.where(isDefined, b, tf.onesLike(b))), tf.onesLike(a));
  },
};

function zip(
  a: Float64Array,
  b: Float64Array | number,
  combine: (x: number, y: number) => number,
): Float64Array {
  const other = typeof b === 'number' ? Float64Array.of(b) : b;
  const result = new Float64Array(Math.max(a.length, other.length));
  const [stepA, stepB] = [a.length === 1 ? 0 : 1, other.length === 1 ? 0 : 1];
  for (let index = 0; index < result.length; index++) {
    result[index] = combine(a[index * stepA]!, other[index * stepB]!);
  }
  return result;
}

export const numberAlgebra: Algebra<Float64Array> = {
  add: (a, b) => zip(a, b, (x, y) => x + y),
  sub: (a, b) => zip(a, b, (x, y) => x - y),
  mul: (a, b) => zip(a, b, (x, y) => x * y),
  div: (a, b) => zip(a, b, (x, y) => x / y),
  sqrt: (a) => a.map(Math.sqrt),
  oneMinusPower: (base, exponent) => exponent.map((x) => 1 - base ** x),
  norm: (a) => Float64Array.of(Math.sqrt(a.reduce((sum, value) => sum + value * value, 0))),
  ratioOrOne: (a, b) => zip(a, b, (x, y) => (x > 0 && y > 0 ? x / y : 1)),
};
