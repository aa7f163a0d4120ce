import { type Affine, axisCodes, isInvertible, spacingOf } from '../../core/affine.js';
import { CuemixError } from '../../core/errors.js';
import { intensities } from './intensities.js';
import type { VolumeFile } from './list.js';
import { type NiftiImage, readNifti } from './read.js';

/** What is known of the values of a volume. Complex volumes: of their magnitude. */
export interface IntensityReport {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  /** NaN and infinite values; they are left out of the numbers above. */
  readonly nonfinite: number;
  /** The distinct values, where there are few and all are whole: class ids, perhaps. */
  readonly labels?: readonly number[];
}

/** A volume that could be read. */
export interface VolumeReport {
  readonly id: string;
  readonly path: string;
  readonly dims: readonly number[];
  readonly datatype: string;
  readonly version: 1 | 2;
  /** Millimetres along x, y, z. */
  readonly spacing: readonly number[];
  /** Where x, y, z point, e.g. RAS; undefined for a singular affine. */
  readonly orientation?: string;
  readonly affine: Affine;
  readonly intensities: IntensityReport;
  readonly warnings: readonly string[];
}

/** A volume that could not. */
export interface VolumeFailure {
  readonly id: string;
  readonly path: string;
  readonly error: { readonly code: string; readonly message: string };
}

const MOST_LABELS = 256;
const SPACE_UNITS: Readonly<Record<number, string>> = { 1: 'metres', 3: 'micrometres' };

/** Values that are scaled at a time, so that memory stays near that of the volume as stored. */
const PIECE = 1 << 20;

function* pieces(image: NiftiImage): Generator<Float64Array> {
  for (let start = 0; start < image.data.length; start += PIECE) {
    const data = image.data.subarray(start, start + PIECE) as NiftiImage['data'];
    yield intensities({ ...image, data }, Float64Array, 'magnitude');
  }
}

function describeValues(image: NiftiImage): IntensityReport {
  let [total, count, sum, squares, min, max] = [
    0,
    0,
    0,
    0,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  let labels: Set<number> | undefined = new Set<number>();
  for (const values of pieces(image)) {
    total += values.length;
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      count++;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
      if (labels !== undefined) {
        if (!Number.isInteger(value) || labels.size > MOST_LABELS) labels = undefined;
        else labels.add(value);
      }
    }
  }
  const mean = sum / count;
  for (const values of pieces(image))
    for (const value of values) if (Number.isFinite(value)) squares += (value - mean) ** 2;
  const few = labels !== undefined && labels.size <= MOST_LABELS && count > 0;
  return {
    min,
    max,
    mean,
    std: Math.sqrt(squares / count),
    nonfinite: total - count,
    ...(few ? { labels: [...labels!].sort((a, b) => a - b) } : {}),
  };
}

function warningsOf(image: NiftiImage): string[] {
  const warnings = [...image.header.warnings];
  const unit = SPACE_UNITS[image.header.xyztUnits & 7];
  if (unit !== undefined)
    warnings.push(`its header counts space in ${unit}; spacings are taken as they are stored.`);
  if (!isInvertible(image.affine))
    warnings.push('its affine is singular, so it has no orientation or spacing.');
  return warnings;
}

/** Reads a whole volume and reports on it; what is broken becomes a `VolumeFailure`. Memory: one volume as stored. */
export async function inspectVolume(
  file: VolumeFile,
  signal?: AbortSignal,
): Promise<VolumeReport | VolumeFailure> {
  const { id, path } = file;
  try {
    const image = await readNifti(path, signal === undefined ? {} : { signal });
    return {
      id,
      path,
      dims: image.shape,
      datatype: image.header.datatype.name,
      version: image.header.version,
      spacing: spacingOf(image.affine),
      ...(isInvertible(image.affine) ? { orientation: axisCodes(image.affine) } : {}),
      affine: image.affine,
      intensities: describeValues(image),
      warnings: warningsOf(image),
    };
  } catch (error) {
    if (!(error instanceof CuemixError)) throw error;
    return { id, path, error: { code: error.code, message: error.message } };
  }
}

/** Volumes of two folders that share a name but not a grid, or have no partner. */
export interface PairFinding {
  readonly id: string;
  readonly problem: string;
}

/** Largest difference of affines, in millimetres, that still counts as one grid. */
const SAME_PLACE = 1e-3;

/** Says how two grids differ, or undefined where they are one. */
export function gridDifference(
  a: { readonly dims: readonly number[]; readonly affine: Affine },
  b: { readonly dims: readonly number[]; readonly affine: Affine },
): string | undefined {
  const [sizeA, sizeB] = [a, b].map(({ dims }) => [0, 1, 2].map((axis) => dims[axis] ?? 1).join(' x '));
  if (sizeA !== sizeB) return `${sizeA} against ${sizeB} voxels`;
  const off = Math.max(...a.affine.flat().map((value, at) => Math.abs(value - b.affine.flat()[at]!)));
  return off <= SAME_PLACE ? undefined : `affines differ by up to ${off.toPrecision(3)}`;
}

/** Compares images with the labels of the same names. */
export function findMismatches(
  images: readonly (VolumeReport | VolumeFailure)[],
  labels: readonly (VolumeReport | VolumeFailure)[],
): readonly PairFinding[] {
  const byId = new Map(labels.map((report) => [report.id, report]));
  const findings: PairFinding[] = [];
  for (const image of images) {
    const label = byId.get(image.id);
    byId.delete(image.id);
    if (label === undefined) findings.push({ id: image.id, problem: 'has no label volume' });
    else if (!('error' in image) && !('error' in label)) {
      const difference = gridDifference(image, label);
      if (difference !== undefined)
        findings.push({ id: image.id, problem: `image and label differ: ${difference}` });
    }
  }
  for (const id of byId.keys()) findings.push({ id, problem: 'has a label volume but no image' });
  return findings;
}
