import type { PoolSpec, ProductOptions } from '../../src/models/index.js';
import { ravel, unravel } from './arrays.js';
import { size, type Tape, type Value } from './tape.js';

/** Batched matrix product. */
export function product(
  tape: Tape,
  a: Value,
  b: Value,
  { transposeA = false, transposeB = false }: ProductOptions = {},
): Value {
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
          for (let k = 0; k < inner; k++) visit((n * rows + i) * columns + j, left(n, i, k), right(n, k, j));
  };
  const data = new Float64Array(batch * rows * columns);
  each((out, l, r) => {
    data[out]! += a.data[l]! * b.data[r]!;
  });
  return tape.record([batch, rows, columns], data, (grad) => {
    each((out, l, r) => {
      a.grad[l]! += grad[out]! * b.data[r]!;
      b.grad[r]! += grad[out]! * a.data[l]!;
    });
  });
}

/** Maximum under a window; the first of equals wins. */
export function maxPool(tape: Tape, x: Value, { kernel, stride, padding }: PoolSpec): Value {
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
  return tape.gather(x, shape, (i) => winners[i]!);
}

/** Joins along an axis. */
export function concat(tape: Tape, parts: readonly Value[], axis: 0 | -1): Value {
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
  return tape.record(shape, data, (grad) => {
    parts.forEach((part, index) => {
      places[index]!.forEach((to, i) => {
        part.grad[i]! += grad[to]!;
      });
    });
  });
}

/** With broadcasting; vectors stand for the last axis. */
export function combine(
  tape: Tape,
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
  const data = Float64Array.from({ length: big.data.length }, (_, i) => f(a.data[aAt(i)]!, b.data[bAt(i)]!));
  return tape.record(big.shape, data, (grad) => {
    for (let i = 0; i < grad.length; i++) {
      const [x, y] = [a.data[aAt(i)]!, b.data[bAt(i)]!];
      a.grad[aAt(i)]! += grad[i]! * slopeA(x, y);
      b.grad[bAt(i)]! += grad[i]! * slopeB(x, y);
    }
  });
}
