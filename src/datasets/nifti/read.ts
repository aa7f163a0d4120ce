import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type Affine, applyAffine, composeAffine } from '../../core/affine.js';
import { DecodeError } from '../../core/errors.js';
import type { NiftiData } from './datatypes.js';
import { gatherGzip, gatherPlain, gzipError } from './gather.js';
import { affineOf } from './geometry.js';
import { type NiftiExtension, type NiftiHeader, voxelBytes } from './header.js';
import { type Located, type OpenedNifti, openNifti, withFile } from './open.js';
import { completeRegion, type NiftiRegion, runsOf } from './runs.js';
import { LITTLE_ENDIAN_HOST, swapBytes } from './swap.js';

/** Bytes that may follow the voxels in a gzip stream: padding that some writers leave. */
const SLACK = 1024 * 1024;

/** Volumes up to this size are inflated by one call, which is fastest; longer ones piece by piece. */
const ONE_CALL = 512 * 1024 * 1024;

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

async function inflateWhole(file: Located, end: number, signal?: AbortSignal): Promise<Uint8Array> {
  const bytes = await readFile(file.path, signal === undefined ? {} : { signal });
  try {
    return await promisify(gunzip)(bytes, { chunkSize: end + 64, maxOutputLength: end + SLACK });
  } catch (error) {
    throw gzipError(error, file.path);
  }
}

/** The bytes of the region; `whole` regions of gzip files are inflated to the end, so that the checksum is checked. */
async function fetchVoxels(
  opened: OpenedNifti,
  region: readonly (readonly [number, number])[],
  wanted: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { header, voxels } = opened;
  const voxel = header.datatype.bytes * header.datatype.components;
  const whole = wanted === voxelBytes(header);
  const end = header.voxOffset + wanted;
  if (whole && voxels.gzip && end <= ONE_CALL) {
    const all = await inflateWhole(voxels, end, signal);
    return all.subarray(header.voxOffset, end);
  }
  const out = new Uint8Array(wanted);
  const runs = runsOf(region, header.dims, header.voxOffset, voxel);
  const filled = voxels.gzip
    ? await gatherGzip(voxels.path, runs, out, { ...(whole ? { slack: SLACK } : {}), signal })
    : await withFile(voxels.path, (handle) => gatherPlain(handle, runs, out, signal));
  return out.subarray(0, filled);
}

/**
 * Reads a NIfTI-1 or NIfTI-2 file (.nii, .nii.gz, .hdr/.img), whole or in part. Work happens off the main thread;
 * memory stays near the size of the region (whole gzip volumes up to 512 MiB: plus the compressed file).
 *
 * A whole volume's gzip checksum is checked. A part stops inflating behind its last voxel, so damage after it, and
 * damage that only the checksum shows, goes unseen.
 *
 * @throws DecodeError as `openNifti`; UsageError for a region outside the volume
 */
export async function readNifti(path: string, options: ReadNiftiOptions = {}): Promise<NiftiImage> {
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
  let raw = await fetchVoxels(opened, region, wanted, signal);
  if (raw.length < wanted) {
    throw new DecodeError(
      'E_TRUNCATED',
      voxels.path,
      `its voxels take ${wanted} bytes but only ${raw.length} are there.`,
    );
  }
  if (raw.byteOffset % size !== 0) raw = raw.slice();
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
