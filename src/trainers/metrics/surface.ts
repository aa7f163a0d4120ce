import { distanceTo } from './distance.js';

/** Cells of a region that touch the outside along an axis; the border of the array counts as outside. */
export function surfaceOf(region: Uint8Array, shape: readonly number[]): Uint8Array {
  const surface = new Uint8Array(region.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const n = shape[axis]!;
    for (let at = 0; at < region.length; at++) {
      if (region[at] === 0 || surface[at] === 1) continue;
      const position = Math.floor(at / stride) % n;
      const inside =
        position > 0 && position < n - 1 && region[at - stride] === 1 && region[at + stride] === 1;
      if (!inside) surface[at] = 1;
    }
    stride *= n;
  }
  return surface;
}

/** Distances between the surfaces of two regions, both ways; infinite towards an empty region. */
export interface SurfaceDistances {
  /** One value per surface cell of the first region: how far the second one's surface is. */
  readonly forward: Float64Array;
  /** The same from the second to the first. */
  readonly backward: Float64Array;
}

/** The box around marked cells of either region, so that distances are not computed where nothing is. */
function commonBox(a: Uint8Array, b: Uint8Array, shape: readonly number[]) {
  const low = [...shape];
  const high = shape.map(() => -1);
  for (let at = 0; at < a.length; at++) {
    if (a[at] === 0 && b[at] === 0) continue;
    let rest = at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const position = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      if (position < low[axis]!) low[axis] = position;
      if (position > high[axis]!) high[axis] = position;
    }
  }
  return { low, size: low.map((start, axis) => Math.max(high[axis]! - start + 1, 0)) };
}

function cutBox(
  marks: Uint8Array,
  shape: readonly number[],
  low: readonly number[],
  size: readonly number[],
): Uint8Array {
  const out = new Uint8Array(size.reduce((product, extent) => product * extent, 1));
  for (let to = 0; to < out.length; to++) {
    let rest = to;
    let stride = 1;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (low[axis]! + (rest % size[axis]!)) * stride;
      rest = Math.floor(rest / size[axis]!);
      stride *= shape[axis]!;
    }
    out[to] = marks[from]!;
  }
  return out;
}

/**
 * Distances between the surfaces of two regions on one grid.
 *
 * @param a 1 inside the region, C order over `shape`
 * @param spacing size of a cell along each axis, in the order of `shape`
 */
export function surfaceDistances(
  a: Uint8Array,
  b: Uint8Array,
  shape: readonly number[],
  spacing: readonly number[],
): SurfaceDistances {
  const [edgeA, edgeB] = [surfaceOf(a, shape), surfaceOf(b, shape)];
  const { low, size } = commonBox(edgeA, edgeB, shape);
  if (size.includes(0)) return { forward: new Float64Array(0), backward: new Float64Array(0) };
  const [boxA, boxB] = [cutBox(edgeA, shape, low, size), cutBox(edgeB, shape, low, size)];
  const [toA, toB] = [distanceTo(boxA, size, spacing), distanceTo(boxB, size, spacing)];
  return { forward: toB.filter((_, at) => boxA[at] === 1), backward: toA.filter((_, at) => boxB[at] === 1) };
}
