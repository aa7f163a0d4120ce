import { gunzipFile } from '../../io/inflate/gunzip.js';
import { readFully } from './gather.js';
import { type Located, type OpenedNifti, withFile } from './open.js';

/** Bytes that may follow the voxels in a gzip stream: padding that some writers leave. */
export const SLACK = 1024 * 1024;

/** Files up to this size are given to libdeflate, which wants them whole; longer ones are inflated piece by piece. */
const LIBRARY_MOST = 64 * 1024 * 1024;

/** Memory for a compressed file, kept for the next one. */
let spare: Uint8Array | undefined;

/**
 * Inflates a whole .nii.gz that is in perfect order; false for any other, and what is wrong with it is for zlib to say.
 *
 * @param memory ends with the place of the voxels; what precedes it may be used, too
 */
export async function inflateWhole(
  { header, voxels }: OpenedNifti,
  memory: Uint8Array,
  lead: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const start = header.voxOffset;
  if (lead >= start && voxels.bytes <= LIBRARY_MOST) {
    const done = await byLibrary(voxels, memory.subarray(lead - start));
    signal?.throwIfAborted();
    if (done) return true;
  }
  const out = memory.subarray(lead);
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

/** Whether libdeflate is there and the file fills `out` exactly. */
async function byLibrary({ path, bytes }: Located, out: Uint8Array): Promise<boolean> {
  const { libdeflate } = await import('../../engine/libdeflate.js');
  const library = libdeflate();
  if (library === undefined) return false;
  const memory = spare !== undefined && spare.length >= bytes ? spare : new Uint8Array(bytes);
  spare = undefined;
  try {
    const file = memory.subarray(0, bytes);
    const read = await withFile(path, (handle) => readFully(handle, file, 0));
    return read === bytes && (await library.gunzip(file, out));
  } finally {
    spare = memory;
  }
}
