import { type AxisWeights, axisWeights, type Filter } from './filters.js';
import { cut, gather, split, type Window, withAxis } from './kernel.js';
import { type Axis, axisIndex, emptyLike, type Raster, type RasterData } from './sample.js';
import { resamplePixels } from './simd/resample-kernel.js';

/** Where one axis goes in {@link resample}: `[start, end)` of the source becomes `size` elements, of which a window is kept. */
export interface AxisTarget {
  /** Source coordinates; the whole axis unless told. */
  readonly start?: number;
  readonly end?: number;
  readonly size: number;
  /** Which elements of the resampled axis to compute; all unless told. */
  readonly window?: Window;
}

const PRECISION = 22; // Pillow's fixed point for 8-bit pictures: 32 - 8 - 2
const ONE = 1 << PRECISION;
const HALF = 1 << (PRECISION - 1);

/**
 * Separable resampling, rank-free. Bytes go through Pillow's 22-bit fixed point and are rounded after each axis, in
 * Pillow's order, so that results equal `PIL.Image.resize` of Pillow 13; floats are summed in double precision. Masks
 * are always resampled by nearest neighbour with half-pixel centres, whatever `filter` says.
 */
export function resample(
  raster: Raster,
  targets: Readonly<Partial<Record<Axis, AxisTarget>>>,
  filter: Filter = 'bilinear',
): Raster {
  let result = raster;
  for (const axis of order(raster, targets)) {
    const position = axisIndex(raster, axis);
    const target = targets[axis]!;
    const extent = raster.shape[position]!;
    const { start = 0, end = extent, size, window = { start: 0, length: size } } = target;
    if (!(size >= 1) || !(end > start) || start < 0 || end > extent) {
      throw new RangeError(
        `Expected part of 0..${extent} and a size of 1 or more but received ${start}..${end} to ${size}.`,
      );
    }
    const kind = raster.role === 'mask' ? 'nearest' : filter;
    if (start === 0 && end === extent && size === extent) result = cut(result, { [axis]: window });
    else {
      const plan = axisWeights({ start, end, extent }, size, window.start, window.length, kind);
      result = weigh(result, position, plan);
    }
  }
  return result;
}

/** Axes of a raster to resample, fastest first; rows and columns as {@link passes} says. */
function order(raster: Raster, targets: Readonly<Partial<Record<Axis, AxisTarget>>>): readonly Axis[] {
  const axes = raster.axes.filter((axis) => targets[axis] !== undefined).reverse();
  if (axes[0] !== 'x' || axes[1] !== 'y') return axes;
  const extent = (axis: Axis) => raster.shape[axisIndex(raster, axis)]!;
  const sizes = { y: targets.y!.size, x: targets.x!.size };
  return [...passes({ y: extent('y'), x: extent('x') }, sizes), ...axes.slice(2)];
}

/**
 * Columns come first; but rows where the height loses more than twice as many pixels as the width does (Pillow 13;
 * before, columns always came first, which differs by rounding only).
 */
export function passes(
  from: { readonly y: number; readonly x: number },
  to: { readonly y: number; readonly x: number },
): readonly ['x' | 'y', 'x' | 'y'] {
  const lost = from.y - to.y;
  return lost > 0 && lost > 2 * (from.x - to.x) ? ['y', 'x'] : ['x', 'y'];
}

function weigh(raster: Raster, position: number, plan: AxisWeights): Raster {
  if (plan.taps === 1) return gather(raster, raster.axes[position]!, plan.first);
  const { outer, length, inner } = split(raster, position);
  if (raster.data instanceof Uint8Array && (inner === 3 || outer === 1)) {
    const axis = inner === 3 ? 'x' : 'y';
    const [height, width] = axis === 'x' ? [outer, length] : [length, inner / 3];
    const pixels = { data: raster.data, offset: 0, stride: width * 3, height, width };
    return withAxis(raster, position, plan.length, resamplePixels(pixels, [{ axis, plan }]));
  }
  const data = emptyLike(raster.data, outer * plan.length * inner);
  if (raster.data instanceof Uint8Array && data instanceof Uint8Array) {
    const fixed = Int32Array.from(plan.weights, (weight) =>
      Math.trunc(weight * ONE + (weight < 0 ? -0.5 : 0.5)),
    );
    weighBytes(raster.data, new Uint8ClampedArray(data.buffer), { outer, length, inner }, plan, fixed);
  } else {
    weighFloats(raster.data, data, { outer, length, inner }, plan);
  }
  return withAxis(raster, position, plan.length, data);
}

type Layout = { outer: number; length: number; inner: number };

function weighBytes(
  from: Uint8Array,
  to: Uint8ClampedArray,
  layout: Layout,
  plan: AxisWeights,
  fixed: Int32Array,
): void {
  const { outer, length, inner } = layout;
  const { first, taps } = plan;
  const sums = new Int32Array(inner);
  let out = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < plan.length; i++) {
      sums.fill(HALF);
      const low = first[i]!;
      const count = Math.min(taps, length - low);
      for (let tap = 0; tap < count; tap++) {
        const weight = fixed[i * taps + tap]!;
        if (weight === 0) continue;
        const base = (o * length + low + tap) * inner;
        for (let k = 0; k < inner; k++) sums[k]! += from[base + k]! * weight;
      }
      for (let k = 0; k < inner; k++) to[out++] = sums[k]! >> PRECISION;
    }
  }
}

function weighFloats(from: RasterData, to: RasterData, layout: Layout, plan: AxisWeights): void {
  const { outer, length, inner } = layout;
  const { first, taps, weights } = plan;
  const whole = to instanceof Int16Array;
  const sums = new Float64Array(inner);
  let out = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < plan.length; i++) {
      sums.fill(0);
      const low = first[i]!;
      const count = Math.min(taps, length - low);
      for (let tap = 0; tap < count; tap++) {
        const weight = weights[i * taps + tap]!;
        if (weight === 0) continue;
        const base = (o * length + low + tap) * inner;
        for (let k = 0; k < inner; k++) sums[k]! += from[base + k]! * weight;
      }
      for (let k = 0; k < inner; k++) {
        const value = sums[k]!;
        to[out++] = whole ? Math.max(-32768, Math.min(32767, Math.round(value))) : value;
      }
    }
  }
}
