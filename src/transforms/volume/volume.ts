import { type Affine, applyAffine, composeAffine, multiplyAffine, spacingOf } from '../../core/affine.js';
import { UsageError } from '../../core/errors.js';
import type { Raster } from '../../core/sample.js';

/** Extents or positions along x, y, z. */
export type Triple = readonly [number, number, number];

/** Where voxels lie: how many along x, y, z, and the map from voxel index (x, y, z) to world millimetres. */
export interface Grid {
  readonly size: Triple;
  readonly affine: Affine;
}

/** A raster with axes `zyx` that knows where it lies. */
export interface Volume {
  readonly raster: Raster;
  readonly affine: Affine;
}

/** Joins a raster with its affine; throws UsageError for anything but a `zyx` raster. The spacing follows the affine. */
export function volume(raster: Raster, affine: Affine): Volume {
  if (raster.axes.join('') !== 'zyx') {
    throw new UsageError(`Expected a volume with axes zyx but received ${raster.axes.join('')}.`);
  }
  return { raster: { ...raster, spacing: spacingOf(affine).reverse() }, affine };
}

/** The grid that a volume lies on. */
export function gridOf({ raster, affine }: Volume): Grid {
  const [z, y, x] = raster.shape as readonly [number, number, number, number];
  return { size: [x, y, z], affine };
}

/** The grid whose first voxel is voxel `start` of `grid`, with the same voxels: a crop (or, from below 0, a pad). */
export function shiftedGrid(grid: Grid, start: readonly number[], size: Triple): Grid {
  const linear = grid.affine.slice(0, 3).map((row) => row.slice(0, 3));
  return { size, affine: composeAffine(linear, applyAffine(grid.affine, start)) };
}

/** The grid of `size` voxels over the same extent as `grid`, voxel edges kept (torch's `align_corners=False`). */
export function resizedGrid(grid: Grid, size: Triple): Grid {
  const scale = size.map((extent, axis) => grid.size[axis]! / extent);
  const step = composeAffine(
    [0, 1, 2].map((r) => [0, 1, 2].map((c) => (r === c ? scale[r]! : 0))),
    scale.map((factor) => (factor - 1) / 2),
  );
  return { size, affine: multiplyAffine(grid.affine, step) };
}
