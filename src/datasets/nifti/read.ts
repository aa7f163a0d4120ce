import { type Affine, applyAffine, composeAffine } from '../../core/affine.js';
import { DecodeError } from '../../core/errors.js';
import type { NiftiData } from './datatypes.js';
import { gatherGzip, gatherPlain } from './gather.js';
import { affineOf } from './geometry.js';
import { type NiftiExtension, type NiftiHeader, voxelBytes } from './header.js';
import { type OpenedNifti, openNifti, withFile } from './open.js';
import { completeRegion, type NiftiRegion, runsOf } from './runs.js';
import { LITTLE_ENDIAN_HOST, swapBytes } from './swap.js';
import { inflateWhole, SLACK } from './whole.js';

/** Voxels as stored, with what is needed to place and scale them. */
export interface NiftiImage {
  readonly path: string;
  readonly header: NiftiHeader;
  readonly extensions: readonly NiftiExtension[];
  /** Voxel index (x, y, z) of `data` to world; the unit is the header's, as a rule millimetres. */
  readonly affine: Affine;
  /** Extents of `data`, x (fastest) first. */
  readonly shape: readonly number[];
  /** Values per voxel: 1, 2 (complex), 3 (RGB) or 4 (RGBA); they lie side by side. */
  readonly components: number;
  /** Stored values, not yet scaled, in this machine's byte order. */
  readonly data: NiftiData;
  /** Slope and intercept as the header has them; see `intensities`. */
  readonly scaling: readonly [slope: number, inter: number];
}

export interface ReadNiftiOptions {
  /** What to read of each dimension, x first; e.g. `[,, [90, 1]]` is one slice, `[,,, [0, 3]]` three volumes. */
  readonly region?: NiftiRegion;
  /** Refuse to allocate more voxel bytes than this. Default 4 GiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** Reads the region's bytes into `out`; gives them as far as the file goes. */
async function fetchVoxels(
  { header, voxels }: OpenedNifti,
  region: readonly (readonly [number, number])[],
  out: Uint8Array,
  slack?: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const voxel = header.datatype.bytes * header.datatype.components;
  const runs = runsOf(region, header.dims, header.voxOffset, voxel);
  const filled = voxels.gzip
    ? await gatherGzip(voxels.path, runs, out, { ...(slack !== undefined && { slack }), signal })
    : await withFile(voxels.path, (handle) => gatherPlain(handle, runs, out, signal));
  return out.subarray(0, filled);
}

/**
 * Reads a NIfTI-1 or NIfTI-2 file (.nii, .nii.gz, .hdr/.img), whole or in part. The event loop is held for some
 * milliseconds at a time; memory stays near the size of the region.
 *
 * A whole volume's gzip checksum is checked. A part stops inflating behind its last voxel, so damage after it, and
 * damage that only the checksum shows, goes unseen.
 *
 * @throws DecodeError as `openNifti`; UsageError for a region outside the volume
 */
export function readNifti(path: string, options: ReadNiftiOptions = {}): Promise<NiftiImage> {
  return readNiftiInto(path, options, (_, bytes) => new Uint8Array(bytes));
}

/** `readNifti` whose voxels are put into the memory that `room` gives. */
export async function readNiftiInto(
  path: string,
  options: ReadNiftiOptions,
  room: (header: NiftiHeader, bytes: number) => Uint8Array,
): Promise<NiftiImage> {
  const { signal } = options;
  const opened = await openNifti(path, signal);
  const { header, extensions, voxels } = opened;
  const affine = affineOf(header, path);
  const region = completeRegion(options.region ?? [], header.dims);
  const shape = region.map(([, count]) => count);
  const { bytes: size, components } = header.datatype;
  const wanted = shape.reduce((product, count) => product * count, size * components);
  const maxBytes = options.maxBytes ?? 4 * 1024 ** 3;
  if (wanted > maxBytes) {
    const reason = `its voxels take ${wanted} bytes, more than the limit of ${maxBytes}; read a region or raise maxBytes.`;
    throw new DecodeError('E_TOO_LARGE', path, reason);
  }
  // Whole gzip files are inflated to the end, so that the checksum is checked.
  const whole = voxels.gzip && wanted === voxelBytes(header);
  const out = room(header, wanted);
  const done = whole && (await inflateWhole(opened, out, signal));
  const raw = done ? out : await fetchVoxels(opened, region, out, whole ? SLACK : undefined, signal);
  if (raw.length < wanted) {
    throw new DecodeError(
      'E_TRUNCATED',
      voxels.path,
      `its voxels take ${wanted} bytes but only ${raw.length} are there.`,
    );
  }
  if (header.littleEndian !== LITTLE_ENDIAN_HOST) swapBytes(raw, size);
  const data = header.datatype.view(raw.buffer, raw.byteOffset, wanted / size);
  const origin = applyAffine(
    affine,
    [0, 1, 2].map((axis) => region[axis]?.[0] ?? 0),
  );
  const placed = composeAffine(
    affine.slice(0, 3).map((row) => row.slice(0, 3)),
    origin,
  );
  return {
    path,
    header,
    extensions,
    affine: placed,
    shape,
    components,
    data,
    scaling: [header.slope, header.inter],
  };
}
