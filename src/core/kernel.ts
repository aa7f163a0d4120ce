import { type Axis, axisIndex, emptyLike, type Raster, type RasterData } from './sample.js';

/** A window of one axis: `length` elements from `start`. */
export interface Window {
  readonly start: number;
  readonly length: number;
}

const SMALL_RUN = 8;

/** The raster seen as [outer, axis, inner]. */
export function split(raster: Raster, axis: number): { outer: number; length: number; inner: number } {
  const product = (values: readonly number[]) => values.reduce((a, b) => a * b, 1);
  return {
    outer: product(raster.shape.slice(0, axis)),
    length: raster.shape[axis]!,
    inner: product(raster.shape.slice(axis + 1)),
  };
}

/** The raster with other data and `length` elements along one axis. */
export function withAxis(raster: Raster, axis: number, length: number, data: RasterData): Raster {
  const shape = raster.shape.map((extent, index) => (index === axis ? length : extent));
  return { ...raster, shape, data };
}

/** Elements of `axis` in another order, number or multiplicity. A raster without that axis is returned as it is. */
export function gather(raster: Raster, axis: Axis, indices: ArrayLike<number>): Raster {
  const position = axisIndex(raster, axis);
  if (position < 0) return raster;
  const { outer, length, inner } = split(raster, position);
  const data = emptyLike(raster.data, outer * indices.length * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < indices.length; i++) {
      const from = (o * length + indices[i]!) * inner;
      const to = (o * indices.length + i) * inner;
      if (inner > SMALL_RUN) data.set(raster.data.subarray(from, from + inner), to);
      else for (let k = 0; k < inner; k++) data[to + k] = raster.data[from + k]!;
    }
  }
  return withAxis(raster, position, indices.length, data);
}

/** Mirrors along `axis`. */
export function reverse(raster: Raster, axis: Axis): Raster {
  const position = axisIndex(raster, axis);
  if (position < 0) return raster;
  const { outer, length, inner } = split(raster, position);
  if (inner === 3) return withAxis(raster, position, length, mirrorPixels(raster.data, outer, length));
  return gather(
    raster,
    axis,
    Int32Array.from({ length }, (_, index) => length - 1 - index),
  );
}

/** Rows of triples, each row backwards: what {@link gather} does, without its inner loop. */
function mirrorPixels(from: RasterData, rows: number, length: number): RasterData {
  const to = emptyLike(from, from.length);
  for (let row = 0, source = 0; row < rows; row++) {
    let target = (row + 1) * length * 3 - 3;
    for (let x = 0; x < length; x++, source += 3, target -= 3) {
      to[target] = from[source]!;
      to[target + 1] = from[source + 1]!;
      to[target + 2] = from[source + 2]!;
    }
  }
  return to;
}

/** The part of a raster inside `windows`, which must lie inside it. Axes that are not named stay whole. */
export function cut(raster: Raster, windows: Readonly<Partial<Record<Axis, Window>>>): Raster {
  let result = raster;
  for (const [position, axis] of raster.axes.entries()) {
    const window = windows[axis];
    if (window === undefined) continue;
    const { start, length } = window;
    const extent = raster.shape[position]!;
    if (start < 0 || length < 1 || start + length > extent) {
      throw new RangeError(
        `Expected a window inside 0..${extent} of axis ${axis} but received ${start}+${length}.`,
      );
    }
    if (length === extent) continue;
    result = cutAxis(result, position, window);
  }
  return result;
}

function cutAxis(raster: Raster, position: number, { start, length }: Window): Raster {
  const { outer, length: extent, inner } = split(raster, position);
  const data = emptyLike(raster.data, outer * length * inner);
  for (let o = 0; o < outer; o++) {
    const from = (o * extent + start) * inner;
    data.set(raster.data.subarray(from, from + length * inner), o * length * inner);
  }
  return withAxis(raster, position, length, data);
}

/** As {@link cut}, but windows may reach outside; what lies there is zero. */
export function window(raster: Raster, windows: Readonly<Partial<Record<Axis, Window>>>): Raster {
  let result = raster;
  for (const [position, axis] of raster.axes.entries()) {
    const wanted = windows[axis];
    if (wanted === undefined) continue;
    const extent = raster.shape[position]!;
    const start = Math.max(0, wanted.start);
    const end = Math.min(extent, wanted.start + wanted.length);
    if (start === wanted.start && end - start === wanted.length) result = cut(result, { [axis]: wanted });
    else result = padAxis(result, position, wanted, start, Math.max(start, end));
  }
  return result;
}

/** Elements start..end of an axis in a frame of zeros. */
function padAxis(raster: Raster, position: number, wanted: Window, start: number, end: number): Raster {
  const { outer, length: extent, inner } = split(raster, position);
  const data = emptyLike(raster.data, outer * wanted.length * inner);
  for (let o = 0; o < outer && end > start; o++) {
    const part = raster.data.subarray((o * extent + start) * inner, (o * extent + end) * inner);
    data.set(part, (o * wanted.length + start - wanted.start) * inner);
  }
  return withAxis(raster, position, wanted.length, data);
}
