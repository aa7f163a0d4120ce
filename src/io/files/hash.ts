import { createHash } from 'node:crypto';
import { openInput } from './open-input.js';
import { storageError } from './storage-error.js';

export { sha256 } from '../../core/hash.js';

/**
 * Hexadecimal SHA-256 and length of a file of any size, read in pieces.
 * @throws StorageError naming `path` when it cannot be read or is no plain file.
 */
export async function sha256File(
  path: string,
  signal?: AbortSignal,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const { handle } = await openInput(path);
  const source = handle.createReadStream({ highWaterMark: 1 << 20, ...(signal && { signal }) });
  try {
    for await (const chunk of source) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } catch (error) {
    throw storageError(error, path, 'read');
  }
  return { sha256: hash.digest('hex'), bytes };
}
