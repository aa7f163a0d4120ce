import { type Affine, parseAxisCodes } from '../../core/affine.js';
import { UsageError } from '../../core/errors.js';
import type { Raster, Role } from '../../core/sample.js';
import { foregroundBox } from '../../transforms/volume/foreground.js';
import {
  type IntensityWindow,
  scaleToUnit,
  windowIntensity,
  type ZScoreOptions,
  zScore,
} from '../../transforms/volume/intensity.js';
import { type VoxelRoom, voxelRoom } from '../../transforms/volume/kernel.js';
import { windowPercentiles } from '../../transforms/volume/percentiles.js';
import { cropVolume, orientedGrid, regridAsync, regridScaled } from '../../transforms/volume/regrid.js';
import { spacingGrid } from '../../transforms/volume/spacing.js';
import type { Interpolation } from '../../transforms/volume/taps.js';
import { type Grid, gridOf, type Triple, type Volume } from '../../transforms/volume/volume.js';
import { type NiftiExtension, type NiftiHeader, scalingOf } from './header.js';
import type { ComplexPart } from './intensities.js';
import { toVolume } from './raster.js';
import { type NiftiImage, readNiftiInto } from './read.js';
import type { NiftiRegion } from './runs.js';

export interface PreprocessOptions {
  /** Directions of x, y, z after turning, e.g. 'RAS'. Default: as stored. */
  readonly orientation?: string;
  /** Millimetres along x, y, z after turning; 0 keeps an axis. Default: as stored. */
  readonly spacing?: Triple;
  /** Default 'linear'; label volumes always 'nearest'. */
  readonly interpolation?: Interpolation;
  /** 'mask' for label volumes: class ids are kept and intensities are not touched. Default 'intensity'. */
  readonly role?: Role;
  /** Cut to the box around values above `threshold` (default 0), grown by `margin` voxels (default 0). */
  readonly foreground?: { readonly threshold?: number; readonly margin?: number };
  /** At most one of these four. `window` maps an intensity range linearly to 0..1 (or `to`). */
  readonly window?: IntensityWindow;
  /** Maps the range between two percentiles to 0..1. */
  readonly percentiles?: { readonly low: number; readonly high: number; readonly nonzero?: boolean };
  readonly zScore?: ZScoreOptions;
  /** Maps the smallest and largest value to 0 and 1. */
  readonly unit?: boolean;
  /** Read off on this grid: a label volume on that of its prepared image. Excludes orientation, spacing, foreground. */
  readonly onto?: Grid;
  /** Which part of complex voxels to take. */
  readonly part?: ComplexPart;
  /** What the fourth dimension holds; time points are refused. Default 'time'. */
  readonly fourth?: 'time' | 'channels';
  /** What of the file to read; of a series one time point: `[,,, [t, 1]]`. */
  readonly region?: NiftiRegion;
  /**
   * Memory for voxels that are resampled to float32, used where it is large enough: `raster.data` is then its start. Saves
   * the time of new memory where volume after volume is read.
   */
  readonly into?: Float32Array;
  readonly signal?: AbortSignal;
}

/** A volume ready for a network, and what is needed to bring a prediction back to the file's own grid. */
export interface PreparedVolume extends Volume {
  readonly raster: Raster;
  readonly affine: Affine;
  /** The grid of the file: `regrid(prediction, original, { outside: 'fill' })` returns to it. */
  readonly original: Grid;
  readonly header: NiftiHeader;
  readonly extensions: readonly NiftiExtension[];
}

/** Intensities as asked, written over the raster, which is nobody else's. */
function normalise(raster: Raster, options: PreprocessOptions): Raster {
  const inPlace = true;
  const { window, percentiles, zScore: score, unit } = options;
  if (window !== undefined) return windowIntensity(raster, window, { inPlace });
  if (percentiles !== undefined) {
    const { low, high, nonzero = false } = percentiles;
    return windowPercentiles(raster, low, high, { nonzero, inPlace });
  }
  if (score !== undefined) return zScore(raster, { ...score, inPlace });
  return unit === true ? scaleToUnit(raster, { inPlace }) : raster;
}

/** The file's grid turned and spaced as asked. */
export function targetGrid(original: Grid, { onto, orientation, spacing }: PreprocessOptions): Grid {
  if (onto !== undefined) return onto;
  const turned = orientation === undefined ? original : orientedGrid(original, orientation);
  return spacing === undefined ? turned : spacingGrid(turned, spacing);
}

/** Throws UsageError for options that exclude each other or name no orientation. */
export function checkPreprocess(options: PreprocessOptions): void {
  const { window, percentiles, zScore: score, unit, onto, orientation, spacing, foreground } = options;
  const count = (values: readonly unknown[]) => values.filter((value) => value !== undefined).length;
  if (count([window, percentiles, score, unit === true ? unit : undefined]) > 1) {
    throw new UsageError(
      'Expected one of window, percentiles, zScore and unit but received several; they exclude each other.',
    );
  }
  if (orientation !== undefined) parseAxisCodes(orientation);
  if (onto !== undefined && count([orientation, spacing, foreground]) > 0) {
    throw new UsageError('Expected either onto or orientation, spacing and foreground but received both.');
  }
}

/**
 * Reads a NIfTI volume and prepares it: orientation and spacing in one resampling (so voxels are interpolated once),
 * cut to the foreground, intensities. Results equal MONAI's transforms of the same names in this order.
 *
 * @throws DecodeError as `readNifti`; DatasetError E_BAD_HEADER for a singular affine; UsageError for options
 * @example
 * const { raster, affine } = await preprocessVolume('ct.nii.gz', {
 *   orientation: 'RAS', spacing: [1, 1, 1], window: { from: [-57, 164] },
 * });
 */
export async function preprocessVolume(
  path: string,
  options: PreprocessOptions = {},
): Promise<PreparedVolume> {
  checkPreprocess(options);
  const { region, signal, onto, orientation, spacing } = options;
  const read = { ...(region && { region }), ...(signal && { signal }) };
  let held: VoxelRoom | undefined;
  const room = (header: NiftiHeader, bytes: number) => {
    const moved = (onto ?? orientation ?? spacing) !== undefined;
    if (!moved || !isPlain(header) || bytes > ROOM_MOST) return new Uint8Array(bytes);
    held = voxelRoom(bytes);
    return held.bytes;
  };
  try {
    return await place(await readNiftiInto(path, read, room), options, held);
  } finally {
    held?.release();
  }
}

/** Volumes up to this size are read into the memory in which they are resampled. */
const ROOM_MOST = 512 * 1024 * 1024;

/** Voxels that are resampled as they are stored. */
function isPlain(header: NiftiHeader): boolean {
  return scalingOf(header) === undefined && ['uint8', 'int16', 'float32'].includes(header.datatype.name);
}

/** What was read, on its grid and with its intensities; nothing of it lies where the voxels were `held`. */
async function place(
  image: NiftiImage,
  options: PreprocessOptions,
  held: VoxelRoom | undefined,
): Promise<PreparedVolume> {
  const { interpolation, role = 'intensity', foreground, part, fourth, into, signal } = options;
  const stored = toVolume(image, { role, ...(part && { part }), ...(fourth && { fourth }) });
  const original = gridOf(stored);
  const target = targetGrid(original, options);
  const how = { signal, ...(interpolation && { interpolation }), ...(into && { into }) };
  const line = options.window ?? (options.unit === true ? 'unit' : undefined);
  const identity = { header: image.header, extensions: image.extensions, original };
  if (line !== undefined && foreground === undefined && target !== original) {
    return { ...(await regridScaled(stored, target, line, how)), ...identity };
  }
  const placed = target === original ? owned(stored, held) : await regridAsync(stored, target, how);
  const box = foreground && foregroundBox(placed.raster, foreground.threshold, foreground.margin);
  const kept = box === undefined ? placed : cropVolume(placed, box.start, box.size);
  return { raster: normalise(kept.raster, options), affine: kept.affine, ...identity };
}

/** The volume with memory of its own. */
function owned(source: Volume, held: VoxelRoom | undefined): Volume {
  const { raster, affine } = source;
  if (raster.data.buffer !== held?.bytes.buffer) return source;
  return { raster: { ...raster, data: raster.data.slice() }, affine };
}
