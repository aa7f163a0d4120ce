import type { NumericArray } from './arrays.js';
import type { Source, Target } from './separable.js';
import type { Steps } from './steps.js';
import type { Taps } from './taps.js';

/** Rows that are made together and written across: one cache line of float32. */
const TILE = 16;

/** One output position along an axis: two input positions and the share of the second. */
interface Pair {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly share: Float64Array;
}

/** Taps of width 1 or 2 as pairs, input positions `stride` elements apart. */
function pairs({ count, width, index, weight }: Taps, stride: number): Pair {
  const low = new Int32Array(count);
  const high = new Int32Array(count);
  const share = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    low[i] = index[i * width]! * stride;
    high[i] = index[i * width + width - 1]! * stride;
    share[i] = width === 1 ? 0 : weight[i * width + 1]!;
  }
  return { low, high, share };
}

/** One row of the volume between two planes and two rows of each, written `step` elements apart. */
function blendRow(
  data: NumericArray,
  y: Pair,
  z: Pair,
  j: number,
  k: number,
  count: number,
  to: Float32Array,
  offset: number,
  step: number,
): void {
  const [front, back] = [z.low[k]!, z.high[k]!];
  const [a, b] = [front + y.low[j]!, front + y.high[j]!];
  const [c, d] = [back + y.low[j]!, back + y.high[j]!];
  const [ty, tz] = [y.share[j]!, z.share[k]!];
  for (let i = 0, o = offset; i < count; i++, o += step) {
    const p = data[a + i]!;
    const q = data[c + i]!;
    const low = p + (data[b + i]! - p) * ty;
    to[o] = low + (q + (data[d + i]! - q) * ty - low) * tz;
  }
}

/** Rows of the output lie along the source's x. */
function* alongX(source: Source, taps: readonly [Taps, Taps, Taps], target: Target): Steps<void> {
  const [nx, ny] = source.size;
  const [x, y, z] = [pairs(taps[0], 1), pairs(taps[1], nx), pairs(taps[2], nx * ny)];
  const line = new Float32Array(nx);
  const { data, base, strides } = target;
  for (let k = 0; k < taps[2].count; k++) {
    for (let j = 0; j < taps[1].count; j++) {
      blendRow(source.data, y, z, j, k, nx, line, 0, 1);
      let o = base + k * strides[2] + j * strides[1];
      for (let i = 0; i < x.low.length; i++, o += strides[0]) {
        const low = line[x.low[i]!]!;
        data[o] = low + (line[x.high[i]!]! - low) * x.share[i]!;
      }
    }
    yield;
  }
}

/** Rows of the output lie along the source's y (`across` 1) or z (2): a tile of them is made and written together. */
function* across(
  axis: 1 | 2,
  source: Source,
  taps: readonly [Taps, Taps, Taps],
  target: Target,
): Steps<void> {
  const [nx, ny] = source.size;
  const [x, y, z] = [pairs(taps[0], TILE), pairs(taps[1], nx), pairs(taps[2], nx * ny)];
  const tile = new Float32Array(nx * TILE);
  const { data, base, strides } = target;
  const other = axis === 1 ? 2 : 1;
  const [long, short] = [taps[axis].count, taps[other].count];
  for (let first = 0; first < long; first += TILE) {
    const depth = Math.min(TILE, long - first);
    for (let m = 0; m < short; m++) {
      for (let t = 0; t < depth; t++) {
        if (axis === 2) blendRow(source.data, y, z, m, first + t, nx, tile, t, TILE);
        else blendRow(source.data, y, z, first + t, m, nx, tile, t, TILE);
      }
      const start = base + first * strides[axis] + m * strides[other];
      for (let i = 0; i < x.low.length; i++) {
        const [low, high, share] = [x.low[i]!, x.high[i]!, x.share[i]!];
        const o = start + i * strides[0];
        for (let t = 0; t < depth; t++) {
          const value = tile[low + t]!;
          data[o + t * strides[axis]] = value + (tile[high + t]! - value) * share;
        }
      }
      if (m % TILE === TILE - 1) yield;
    }
  }
}

/**
 * Trilinear resampling of one channel with taps of width 1 or 2; axes are permuted and mirrored on the way. Output is
 * written along its own fastest axis, so that turning a volume costs little more than copying it.
 *
 * @param taps for the source's x, y and z
 */
export function resampleTrilinear(
  source: Source,
  taps: readonly [Taps, Taps, Taps],
  target: Target,
): Steps<void> {
  const [sx, sy, sz] = target.strides;
  if (sx < sy && sx < sz) return alongX(source, taps, target);
  return across(sy < sz ? 1 : 2, source, taps, target);
}
