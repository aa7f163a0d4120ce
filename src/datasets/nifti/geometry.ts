import {
  type Affine,
  affineDeterminant,
  composeAffine,
  isInvertible,
  nearestRotation,
  spacingOf,
} from '../../core/affine.js';
import { DecodeError } from '../../core/errors.js';
import type { NiftiHeader } from './header.js';

type Quaternion = readonly [number, number, number];
type Geometry = Pick<
  NiftiHeader,
  'version' | 'dims' | 'pixdim' | 'qformCode' | 'sformCode' | 'quaternion' | 'qoffset' | 'srow'
>;

/** Rounding that a stored quaternion may have suffered: three float32 (NIfTI-1) or float64 (NIfTI-2) steps. */
const SLACK = { 1: 3 * 2 ** -23, 2: 3 * 2 ** -52 } as const;

/** Voxel sizes as nibabel repairs them: absolute, and 1 where they are 0. */
function sizesOf(pixdim: readonly number[]): [number, number, number] {
  const size = (index: number) => (pixdim[index] === 0 ? 1 : Math.abs(pixdim[index]!));
  return [size(1), size(2), size(3)];
}

/** Rotation matrix of the unit quaternion (a, b, c, d), of which b, c and d are stored. */
function rotationOf([b, c, d]: Quaternion, version: 1 | 2, path: string): number[][] {
  const rest = 1 - (b * b + c * c + d * d);
  if (!(rest > -SLACK[version])) {
    const reason = `the qform quaternion (${b}, ${c}, ${d}) is no rotation: it must be at most 1 long.`;
    throw new DecodeError('E_BAD_HEADER', path, reason);
  }
  const a = rest < SLACK[version] ? 0 : Math.sqrt(rest); // as nibabel: half a turn, but for rounding
  const s = 2 / (a * a + b * b + c * c + d * d);
  return [
    [1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)],
    [s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)],
    [s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)],
  ];
}

function qform(header: Geometry, path: string): Affine {
  const sizes = sizesOf(header.pixdim);
  if (header.pixdim[0] === -1) sizes[2] = -sizes[2]; // qfac
  const linear = rotationOf(header.quaternion, header.version, path).map((row) =>
    row.map((value, column) => value * sizes[column]!),
  );
  return composeAffine(linear, header.qoffset);
}

/** No form at all: voxel sizes only, x to the left, the origin in the middle (nibabel's base affine). */
function base(header: Geometry): Affine {
  const sizes = sizesOf(header.pixdim).map((size, axis) => (axis < header.dims.length ? size : 1));
  sizes[0] = -sizes[0]!;
  const linear = sizes.map((size, row) => [0, 1, 2].map((column) => (row === column ? size : 0)));
  return composeAffine(
    linear,
    sizes.map((size, axis) => (-size * ((header.dims[axis] ?? 1) - 1)) / 2),
  );
}

/**
 * The affine of a file by nibabel's rules: the sform if its code is not 0, else the qform if its code is not, else the
 * voxel sizes.
 *
 * @throws DecodeError E_BAD_HEADER where an entry is not finite or the quaternion is impossible
 */
export function affineOf(header: Geometry, path: string): Affine {
  let affine: Affine;
  if (header.sformCode !== 0) affine = [...header.srow.map((row) => [...row]), [0, 0, 0, 1]];
  else affine = header.qformCode !== 0 ? qform(header, path) : base(header);
  if (!affine.flat().every(Number.isFinite)) {
    throw new DecodeError('E_BAD_HEADER', path, 'its affine has entries that are not finite numbers.');
  }
  return affine;
}

/** The qform fields that say the same as an affine. */
export interface Qform {
  readonly qfac: 1 | -1;
  readonly quaternion: Quaternion;
  readonly qoffset: readonly [number, number, number];
}

/**
 * The qform of an affine, or undefined for a singular or sheared one, which a quaternion cannot hold (more than 1e-4 off per
 * voxel).
 */
export function qformOf(affine: Affine): Qform | undefined {
  if (!isInvertible(affine)) return undefined;
  const sizes = spacingOf(affine);
  const r = nearestRotation(affine);
  const off = r.flatMap((row, i) => row.map((value, j) => Math.abs(value * sizes[j]! - affine[i]![j]!)));
  if (Math.max(...off) > 1e-4 * Math.max(...sizes)) return undefined;
  const qfac = affineDeterminant(affine) < 0 ? -1 : 1;
  const m = (i: number, j: number) => r[i]![j]! * (j === 2 ? qfac : 1);
  // The largest of the four squares is taken first: the others are divided by it (Shepperd 1978).
  const squares = [
    1 + m(0, 0) + m(1, 1) + m(2, 2),
    1 + m(0, 0) - m(1, 1) - m(2, 2),
    1 - m(0, 0) + m(1, 1) - m(2, 2),
    1 - m(0, 0) - m(1, 1) + m(2, 2),
  ];
  const largest = squares.indexOf(Math.max(...squares));
  const w = Math.sqrt(squares[largest]!) / 2;
  const [p, q, s] = [m(2, 1) - m(1, 2), m(0, 2) - m(2, 0), m(1, 0) - m(0, 1)].map(
    (value) => value / (4 * w),
  ) as [number, number, number];
  const [u, v, t] = [m(0, 1) + m(1, 0), m(0, 2) + m(2, 0), m(1, 2) + m(2, 1)].map(
    (value) => value / (4 * w),
  ) as [number, number, number];
  const [a, b, c, d] = (
    [
      [w, p, q, s],
      [p, w, u, v],
      [q, u, w, t],
      [s, v, t, w],
    ] as const
  )[largest]!;
  const sign = a < 0 ? -1 : 1;
  return {
    qfac,
    quaternion: [sign * b, sign * c, sign * d],
    qoffset: [affine[0]![3]!, affine[1]![3]!, affine[2]![3]!],
  };
}
