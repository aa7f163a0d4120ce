import { CheckpointError } from '../../core/errors.js';
import { refuseCheckpoint } from '../refuse.js';
import { openZipBytes } from '../zip/zip-bytes.js';
import { writeZip } from '../zip/zip-write.js';
import type { NamedArray, TensorFile } from './dtype.js';
import { readNpy, writeNpy } from './npy.js';

/**
 * Reads a .npz archive (`numpy.savez`, compressed or not) held in memory; CRCs are checked.
 * @param limit most bytes that all arrays together may take after inflating, default 2 GiB
 * @throws CheckpointError as readNpy, and for damaged archives
 */
export function readNpz(bytes: Uint8Array, name: string, limit = 2 ** 31 - 1): TensorFile {
  const refuse = refuseCheckpoint(name);
  if (bytes.length === 0) throw refuse('E_EMPTY', 'the file is empty.');
  const zip = openZipBytes(bytes, refuse, limit);
  const tensors = new Map<string, NamedArray>();
  let left = limit;
  for (const entry of zip.entries.values()) {
    if (!entry.name.endsWith('.npy'))
      throw refuse('E_FORMAT', `its member "${entry.name}" is no .npy array.`);
    left -= entry.size;
    if (left < 0) throw refuse('E_TOO_LARGE', `its arrays take more than ${limit} bytes.`);
    const key = entry.name.slice(0, -'.npy'.length);
    tensors.set(key, readNpy(zip.read(entry), `${name}, member "${entry.name}"`));
  }
  return { tensors, metadata: new Map() };
}

/**
 * Writes arrays as an uncompressed .npz archive, sorted by name; the same input gives the same bytes.
 * @throws CheckpointError E_UNSUPPORTED for BF16 (numpy has no such type), E_TOO_LARGE beyond 4 GiB
 */
export function writeNpz(tensors: ReadonlyMap<string, NamedArray>): Uint8Array {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  return writeZip(
    sorted.map(([name, array]) => {
      if (name.includes('\0'))
        throw new CheckpointError('E_FORMAT', 'An array name cannot hold a zero byte.');
      return { name: `${name}.npy`, data: writeNpy(array, name) };
    }),
    64,
  );
}
