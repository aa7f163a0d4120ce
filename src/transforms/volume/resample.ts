import { type NumericArray, sameKind } from './arrays.js';
import type { Line } from './line.js';
import { resampleOblique } from './oblique.js';
import { type AxisPlan, type Outside, planAxes } from './plan.js';
import { resampleSeparable } from './separable.js';
import { resampleSimd } from './simd.js';
import type { Steps } from './steps.js';
import type { Interpolation, Taps } from './taps.js';
import { resampleTrilinear } from './trilinear.js';
import type { Grid } from './volume.js';

export interface ResampleOptions {
  readonly interpolation: Interpolation;
  readonly outside: Outside;
  /** Value of voxels outside, where `outside` is 'fill'. */
  readonly fill: number;
  readonly channels: number;
  /** Memory for results in float32, used where it is large enough. */
  readonly into?: Float32Array | undefined;
  /** Scale the results in the same go where that is possible. */
  readonly line?: Line | 'unit' | undefined;
}

/** Resampled voxels, and whether `line` was applied to them already. */
export interface Resampled {
  readonly data: NumericArray;
  readonly scaled: boolean;
}

type Plans = readonly [AxisPlan, AxisPlan, AxisPlan];

/** Elements that one step along each output axis advances. */
function outputStrides(target: Grid, channels: number): readonly [number, number, number] {
  return [channels, target.size[0] * channels, target.size[0] * target.size[1] * channels];
}

/** Voxels copied as they are, in the output's order; the element type is kept. */
function* copyVoxels<T extends NumericArray>(
  data: T,
  source: Grid,
  target: Grid,
  plans: Plans,
  channels: number,
  out: T,
): Steps<T> {
  const sourceStrides = outputStrides(source, channels);
  const steps: Int32Array[] = [];
  const firsts = [0, 0, 0];
  plans.forEach(({ output, first, taps }, axis) => {
    steps[output] = taps.index.map((index) => index * sourceStrides[axis]!);
    firsts[output] = first;
  });
  const [xs, ys, zs] = steps as [Int32Array, Int32Array, Int32Array];
  const [, sy, sz] = outputStrides(target, channels);
  const consecutive = xs.every((step, i) => i === 0 || step === xs[i - 1]! + channels);
  for (let k = 0; k < zs.length; k++) {
    for (let j = 0; j < ys.length; j++) {
      const from = zs[k]! + ys[j]!;
      let o = (firsts[2]! + k) * sz + (firsts[1]! + j) * sy + firsts[0]! * channels;
      if (consecutive && xs.length > 0) {
        out.set(data.subarray(from + xs[0]!, from + xs[0]! + xs.length * channels), o);
      } else if (channels === 1) {
        for (let i = 0; i < xs.length; i++) out[o++] = data[from + xs[i]!]!;
      } else {
        for (let i = 0; i < xs.length; i++)
          for (let c = 0; c < channels; c++) out[o++] = data[from + xs[i]! + c]!;
      }
    }
    yield;
  }
  return out;
}

/** True where every output position is a voxel: one weight is 1. */
function isCopy(plans: Plans): boolean {
  return plans.every(({ taps: { count, width, weight } }) => {
    for (let i = 0; i < count && width > 1; i++) {
      if (!weight.subarray(i * width, (i + 1) * width).includes(1)) return false;
    }
    return true;
  });
}

function asNearest(plan: AxisPlan): AxisPlan {
  const { count, width, index, weight } = plan.taps;
  if (width === 1) return plan;
  const chosen = Int32Array.from({ length: count }, (_, i) => {
    const at = weight.subarray(i * width, (i + 1) * width).indexOf(1);
    return index[i * width + at]!;
  });
  return { ...plan, taps: { count, width: 1, index: chosen, weight: new Float32Array(0) } };
}

/**
 * Voxels of `source` read off at the positions of `target`. Where every position is a voxel (turning, mirroring,
 * cutting, padding) values are copied and keep their element type, as they do under `nearest`; else float32 results.
 */
export function* resampleVoxels(
  data: NumericArray,
  source: Grid,
  target: Grid,
  options: ResampleOptions,
): Steps<Resampled> {
  const { interpolation, outside, fill, channels } = options;
  const plans = planAxes(source, target, interpolation, outside);
  if (plans === undefined) {
    const turned = yield* resampleOblique(data, source, target, channels, interpolation, outside, fill);
    return { data: turned, scaled: false };
  }
  const count = target.size[0] * target.size[1] * target.size[2] * channels;
  if (isCopy(plans)) {
    const out = sameKind(data, count);
    if (fill !== 0) out.fill(fill);
    return {
      data: yield* copyVoxels(data, source, target, plans.map(asNearest) as unknown as Plans, channels, out),
      scaled: false,
    };
  }
  const { into } = options;
  const out = into !== undefined && into.length >= count ? into.subarray(0, count) : new Float32Array(count);
  const covered = plans.reduce((product, { taps }) => product * taps.count, channels);
  if (covered < count) out.fill(fill);
  const strides = outputStrides(target, channels);
  const [x, y, z] = plans;
  const base = plans.reduce((sum, plan) => sum + plan.first * strides[plan.output]!, 0);
  const from = { data, size: source.size, channels };
  const taps = [x.taps, y.taps, z.taps] as const;
  const to = {
    data: out,
    base,
    strides: [strides[x.output]!, strides[y.output]!, strides[z.output]!] as const,
  };
  const simd = linear(taps, channels) ? resampleSimd(from, taps, to, options.line) : undefined;
  if (simd !== undefined) return { data: out, scaled: yield* simd };
  yield* (linear(taps, channels) ? resampleTrilinear : resampleSeparable)(from, taps, to);
  return { data: out, scaled: false };
}

function linear(taps: readonly Taps[], channels: number): boolean {
  return channels === 1 && taps.every(({ width }) => width < 4);
}
