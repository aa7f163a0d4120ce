import { gunzipFile } from '../../io/inflate/gunzip.js';
import type { OpenedNifti } from './open.js';

/** Bytes that may follow the voxels in a gzip stream: padding that some writers leave. */
export const SLACK = 1024 * 1024;

/** Inflates the voxels of a .nii.gz that is in perfect order; false for any other: what is wrong is for zlib to say. */
export async function inflateWhole(
  { header, voxels }: OpenedNifti,
  out: Uint8Array,
  signal?: AbortSignal,
): Promise<boolean> {
  const start = header.voxOffset;
  const end = start + out.length;
  let position = 0;
  const take = (piece: Uint8Array) => {
    const from = Math.min(Math.max(start - position, 0), piece.length);
    const to = Math.min(Math.max(end - position, 0), piece.length);
    if (from < to) out.set(piece.subarray(from, to), position + from - start);
    position += piece.length;
    return position <= end + SLACK;
  };
  return (await gunzipFile(voxels.path, take, signal)) && position >= end;
}
