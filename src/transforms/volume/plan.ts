import { invertAffine, multiplyAffine } from '../../core/affine.js';
import { type Interpolation, type Taps, tapsAt } from './taps.js';
import type { Grid, Triple } from './volume.js';

/** Voxels that an axis-parallel reading may be off at most; beyond that every voxel is computed by itself. */
const STRAIGHT = 2e-5;
/** Coordinates this close to a voxel are that voxel. */
const SNAP = 1e-7;

/** Output positions along one source axis. */
export interface AxisPlan {
  /** Output axis (0 x, 1 y, 2 z) that runs along this source axis. */
  readonly output: number;
  /** First output position that lies inside the source. */
  readonly first: number;
  readonly taps: Taps;
}

/** What lies outside the source: the edge voxel repeated, or nothing (a fill value) beyond the edge voxels' own extent. */
export type Outside = 'edge' | 'fill';

/** Output voxel index to source voxel index. */
export function sourceIndex(source: Grid, target: Grid): readonly (readonly number[])[] {
  return multiplyAffine(invertAffine(source.affine), target.affine);
}

/** For each source axis the output axis that runs along it and how far, in voxels, others lead away from it. */
function mainAxes(map: readonly (readonly number[])[], size: Triple): { output: number; off: number }[] {
  return [0, 1, 2].map((r) => {
    const strengths = [0, 1, 2].map((c) => Math.abs(map[r]![c]!) * Math.max(size[c]! - 1, 1));
    const output = strengths.indexOf(Math.max(...strengths));
    const off = [0, 1, 2].reduce(
      (sum, c) => (c === output ? sum : sum + Math.abs(map[r]![c]!) * (size[c]! - 1)),
      0,
    );
    return { output, off };
  });
}

/** True where a coordinate lies so close to the middle between voxels that being `off` decides which is nearest. */
function isTied(coordinates: Float64Array, off: number): boolean {
  return off > 1e-12 && coordinates.some((at) => Math.abs(at - Math.floor(at) - 0.5) <= off);
}

function coordinatesOf(
  map: readonly (readonly number[])[],
  axis: number,
  output: number,
  size: Triple,
): Float64Array {
  const row = map[axis]!;
  const others = [0, 1, 2].filter((c) => c !== output);
  const offset = others.reduce((sum, c) => sum + (row[c]! * (size[c]! - 1)) / 2, row[3]!); // as in the grid's middle
  return Float64Array.from({ length: size[output]! }, (_, i) => {
    const at = row[output]! * i + offset;
    const near = Math.round(at);
    return Math.abs(at - near) < SNAP ? near : at;
  });
}

/** A plan per source axis (x, y, z), or undefined where the target's axes do not run along the source's. */
export function planAxes(
  source: Grid,
  target: Grid,
  interpolation: Interpolation,
  outside: Outside,
): readonly [AxisPlan, AxisPlan, AxisPlan] | undefined {
  const map = sourceIndex(source, target);
  const axes = mainAxes(map, target.size);
  if (new Set(axes.map(({ output }) => output)).size < 3 || axes.some(({ off }) => off > STRAIGHT))
    return undefined;
  const plans: AxisPlan[] = [];
  for (const [axis, { output, off }] of axes.entries()) {
    const extent = source.size[axis]!;
    const coordinates = coordinatesOf(map, axis, output, target.size);
    if (interpolation === 'nearest' && isTied(coordinates, off)) return undefined;
    const inside = (at: number) => outside === 'edge' || (at >= -0.5 - SNAP && at <= extent - 0.5 + SNAP);
    const first = coordinates.findIndex(inside);
    const kept =
      first < 0 ? new Float64Array(0) : coordinates.subarray(first, coordinates.findLastIndex(inside) + 1);
    plans.push({ output, first: Math.max(first, 0), taps: tapsAt(kept, extent, interpolation) });
  }
  return plans as unknown as readonly [AxisPlan, AxisPlan, AxisPlan];
}
