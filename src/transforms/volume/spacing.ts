import {
  type Affine,
  applyAffine,
  composeAffine,
  invertAffine,
  multiplyAffine,
  spacingOf,
} from '../../core/affine.js';
import { UsageError } from '../../core/errors.js';
import { roundHalfEven } from '../../core/rounding.js';
import type { Grid, Triple } from './volume.js';

/** A spacing this near to the one asked for is kept (MONAI's affine tolerance). */
const SAME = 1e-3;

/** No grid has more voxels: one asked for by mistake shall not take all memory. */
const MOST_VOXELS = 2 ** 31;

type Vector = readonly [number, number, number];

/** Orthonormal axes of the grid: Gram-Schmidt on the columns, which takes shears out (the Q of a QR factorisation). */
function rotationOf(affine: Affine): number[][] {
  const column = (c: number): Vector => [affine[0]![c]!, affine[1]![c]!, affine[2]![c]!];
  const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const less = (a: Vector, b: Vector, t: number): Vector => [
    a[0] - b[0] * t,
    a[1] - b[1] * t,
    a[2] - b[2] * t,
  ];
  const unit = (a: Vector): Vector => {
    const length = Math.sqrt(dot(a, a));
    return [a[0] / length, a[1] / length, a[2] / length];
  };
  const x = unit(column(0));
  const y = unit(less(column(1), x, dot(column(1), x)));
  const rest = less(column(2), x, dot(column(2), x));
  const z = unit(less(rest, y, dot(rest, y)));
  return [0, 1, 2].map((r) => [x[r]!, y[r]!, z[r]!]);
}

function cornersOf(size: Triple): Vector[] {
  const ends = size.map((extent) => [0, extent - 1]);
  return ends[0]!.flatMap((x) => ends[1]!.flatMap((y) => ends[2]!.map((z): Vector => [x, y, z])));
}

/** Rows of positions: smallest and largest of each coordinate. */
function boundsOf(points: readonly (readonly number[])[]): { low: number[]; high: number[] } {
  const pick = (best: (...values: number[]) => number) =>
    [0, 1, 2].map((axis) => best(...points.map((p) => p[axis]!)));
  return { low: pick(Math.min), high: pick(Math.max) };
}

/**
 * The grid with another spacing that MONAI's `Spacing` makes (`diagonal=False`, `scale_extent=False`): the same axes
 * without shear, voxel count `round(extent + 1)` between outer voxel centres, and the corner that is lowest along all
 * axes kept in place. Where rounding of the affine leaves no such corner the middles coincide instead.
 */
export function spacingGrid(grid: Grid, spacing: Triple): Grid {
  if (!spacing.every((size) => Number.isFinite(size) && size >= 0)) {
    throw new UsageError(
      `Expected spacings in millimetres (0 keeps an axis) but received ${spacing.join(', ')}.`,
    );
  }
  const { affine, size } = grid;
  const have = spacingOf(affine);
  const wanted = spacing.map((value, axis) =>
    value === 0 || Math.abs(have[axis]! - value) <= SAME ? have[axis]! : value,
  );
  const linear = rotationOf(affine).map((row) => row.map((value, axis) => value * wanted[axis]!));
  const turned = composeAffine(linear, [0, 0, 0]);
  const corners = cornersOf(size);
  const map = multiplyAffine(invertAffine(turned), affine);
  const seen = corners.map((corner) => applyAffine(map, corner));
  const { low, high } = boundsOf(seen);
  const count = low.map((value, axis) => roundHalfEven(high[axis]! - value + 1)) as unknown as Triple;
  if (count.reduce((product, extent) => product * extent, 1) > MOST_VOXELS) {
    throw new UsageError(
      `Expected at most ${MOST_VOXELS} voxels but a spacing of ${spacing.join(', ')} mm makes ${count.join(' x ')}.`,
    );
  }
  const lowest = seen.findIndex((corner) => corner.every((value, axis) => value - low[axis]! <= 1e-8));
  const origin = lowest >= 0 ? applyAffine(affine, corners[lowest]!) : middleOrigin(grid, turned, count);
  const placed = composeAffine(linear, origin);
  const same = count.every((extent, axis) => extent === size[axis]) && isSame(affine, placed);
  return same ? grid : { size: count, affine: placed };
}

/** The origin that puts the middle of `count` voxels on the middle of the grid (half extents, as MONAI counts them). */
function middleOrigin(grid: Grid, turned: Affine, count: Triple): number[] {
  const half = (size: Triple) => size.map((extent) => extent / 2);
  const middle = applyAffine(grid.affine, half(grid.size));
  const away = applyAffine(turned, half(count));
  return middle.map((value, axis) => value - away[axis]!);
}

/** True where the new grid is the old one up to rounding, so that nothing should be resampled. */
function isSame(a: Affine, b: Affine): boolean {
  return a.flat().every((value, at) => Math.abs(value - b.flat()[at]!) <= SAME);
}
