import { type Affine, composeAffine, directionsOf, isInvertible, parseAxisCodes } from '../../core/affine.js';
import { DatasetError, UsageError } from '../../core/errors.js';
import type { Raster, RasterData } from '../../core/sample.js';
import { applyLine, type IntensityWindow, scaleToUnit, windowLine } from './intensity.js';
import type { Line } from './line.js';
import type { Outside } from './plan.js';
import { resampleVoxels } from './resample.js';
import { spacingGrid } from './spacing.js';
import { finish, finishAsync, type Steps } from './steps.js';
import type { Interpolation } from './taps.js';
import { type Grid, gridOf, resizedGrid, shiftedGrid, type Triple, type Volume, volume } from './volume.js';

export interface RegridOptions {
  /** Default 'linear'; masks are always read by 'nearest', so that no class is made up. */
  readonly interpolation?: Interpolation;
  /** Default 'edge'. */
  readonly outside?: Outside;
  /** Value of voxels outside with `outside: 'fill'`. Default 0. */
  readonly fill?: number;
  /** Memory for results in float32, used where it is large enough: the raster's data is then its start. */
  readonly into?: Float32Array;
}

function requireGeometry(affine: Affine): void {
  if (!isInvertible(affine)) {
    throw new DatasetError(
      'E_BAD_HEADER',
      `Expected an affine that can be inverted but received ${JSON.stringify(affine)}; repair the file's sform or qform.`,
    );
  }
}

/**
 * The volume read off on another grid: the one operation behind orientation, spacing, crop, pad, resize and all of
 * their inverses. `regrid(prediction, gridOf(original), { outside: 'fill' })` brings a prediction home.
 *
 * @throws DatasetError E_BAD_HEADER for a singular affine
 */
export function regrid(source: Volume, target: Grid, options: RegridOptions = {}): Volume {
  return finish(regridSteps(source, target, options));
}

/** `regrid` that lets other work run between its slices. */
export function regridAsync(
  source: Volume,
  target: Grid,
  options: RegridOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<Volume> {
  return finishAsync(regridSteps(source, target, options), options.signal);
}

/** `regridAsync` and the scaling of intensities in one go, which saves passes over memory; masks are not scaled. */
export async function regridScaled(
  source: Volume,
  target: Grid,
  window: IntensityWindow | 'unit',
  options: RegridOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<Volume> {
  const line = window === 'unit' ? window : windowLine(window);
  return finishAsync(regridSteps(source, target, options, line), options.signal);
}

function* regridSteps(
  source: Volume,
  target: Grid,
  options: RegridOptions,
  line?: Line | 'unit',
): Steps<Volume> {
  const { raster } = source;
  requireGeometry(source.affine);
  requireGeometry(target.affine);
  const channels = raster.shape[3]!;
  const { data, scaled } = yield* resampleVoxels(raster.data, gridOf(source), target, {
    interpolation: raster.role === 'mask' ? 'nearest' : (options.interpolation ?? 'linear'),
    outside: options.outside ?? 'edge',
    fill: options.fill ?? 0,
    into: options.into,
    channels,
    line,
  });
  const [x, y, z] = target.size;
  const result: Raster = { ...raster, shape: [z, y, x, channels], data: data as RasterData };
  if (line === undefined || scaled) return volume(result, target.affine);
  const inPlace = data !== raster.data;
  return volume(
    line === 'unit' ? scaleToUnit(result, { inPlace }) : applyLine(result, line, { inPlace }),
    target.affine,
  );
}

/** The grid whose x, y, z point as `codes` say ('RAS', 'LPS', …), with the same voxels. */
export function orientedGrid(grid: Grid, codes: string): Grid {
  requireGeometry(grid.affine);
  const have = directionsOf(grid.affine);
  const origin = [0, 0, 0];
  const linear: number[][] = [[], [], []];
  const size = parseAxisCodes(codes).map(({ axis, sign }, to) => {
    const from = have.findIndex((direction) => direction.axis === axis);
    const extent = grid.size[from]!;
    const step = have[from]!.sign === sign ? 1 : -1;
    if (step < 0) origin[from] = extent - 1;
    for (let row = 0; row < 3; row++) linear[row]![to] = grid.affine[row]![from]! * step;
    return extent;
  }) as unknown as Triple;
  return {
    size,
    affine: composeAffine(
      linear,
      shiftedGrid(grid, origin, size)
        .affine.slice(0, 3)
        .map((row) => row[3]!),
    ),
  };
}

/** Axes permuted and mirrored so that they point as `codes` say; no voxel changes its value or its place in the world. */
export function orient(source: Volume, codes: string): Volume {
  return regrid(source, orientedGrid(gridOf(source), codes));
}

/** Resampled to `spacing` millimetres along x, y, z; a 0 keeps that axis. The grid is MONAI's: see `spacingGrid`. */
export function respace(source: Volume, spacing: Triple, options: RegridOptions = {}): Volume {
  requireGeometry(source.affine);
  return regrid(source, spacingGrid(gridOf(source), spacing), options);
}

/** Resampled to `size` voxels over the same extent (torch's interpolate with `align_corners=False`, no antialiasing). */
export function resizeVolume(source: Volume, size: Triple, options: RegridOptions = {}): Volume {
  return regrid(source, resizedGrid(gridOf(source), requireSize(size)), options);
}

/** The box of `size` voxels from voxel `start`; what lies outside the volume becomes `fill` (default 0). */
export function cropVolume(source: Volume, start: Triple, size: Triple, fill = 0): Volume {
  return regrid(source, shiftedGrid(gridOf(source), start, requireSize(size)), { outside: 'fill', fill });
}

/** The middle `size` voxels; an axis that is shorter stays whole. */
export function centreCrop(source: Volume, size: Triple): Volume {
  const grid = gridOf(source);
  const kept = grid.size.map((extent, axis) => Math.min(extent, size[axis]!)) as unknown as Triple;
  const start = grid.size.map((extent, axis) => Math.floor(extent / 2) - Math.floor(kept[axis]! / 2));
  return cropVolume(source, start as unknown as Triple, kept);
}

/** Padded to at least `size` with `fill`: on both sides (an odd voxel goes to the end) or only at the end. */
export function padVolume(source: Volume, size: Triple, side: 'both' | 'end' = 'both', fill = 0): Volume {
  const grid = gridOf(source);
  const wanted = grid.size.map((extent, axis) => Math.max(extent, size[axis]!)) as unknown as Triple;
  const start = grid.size.map((extent, axis) =>
    side === 'end' ? 0 : -Math.floor((wanted[axis]! - extent) / 2),
  );
  return cropVolume(source, start as unknown as Triple, wanted, fill);
}

function requireSize(size: Triple): Triple {
  if (size.every((extent) => Number.isInteger(extent) && extent >= 1)) return size;
  throw new UsageError(`Expected three extents of at least 1 voxel but received ${size.join(' x ')}.`);
}
