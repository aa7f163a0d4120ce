import { stat } from 'node:fs/promises';
import { storageError } from '../../io/files/storage-error.js';

/** Size and time of a file: what changes when its bytes do. Throws StorageError. */
export async function fileStamp(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path).catch((error: unknown) => {
    throw storageError(error, path, 'read');
  });
  return `${size}:${mtimeMs}`;
}
