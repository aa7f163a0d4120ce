import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StorageError } from '../../core/errors.js';
import { storageError, systemCode } from './storage-error.js';

/** An open file that is sure to be a plain one, and what the system says of it. */
export interface OpenInput {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/**
 * Opens a file that a user named. Pipes, devices and folders are refused at once: opening a pipe would wait for its
 * other end, and some devices never end. The caller closes the handle.
 * @throws StorageError E_PATH (no such file, or no plain one), E_PERMISSION, E_TOO_MANY_FILES, E_IO
 */
export async function openInput(path: string): Promise<OpenInput> {
  const refuse = (what: string) =>
    new StorageError('E_PATH', `Cannot read ${path}: expected a file but ${what}.`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await handle.stat();
    if (stats.isDirectory()) throw refuse('a folder is there');
    if (!stats.isFile()) throw refuse('a device or pipe is there');
    return { handle, stats };
  } catch (error) {
    await handle?.close();
    throw storageError(error, path, 'read');
  }
}

/**
 * The whole of a file that a user named, of `maxBytes` at most.
 * @throws StorageError as {@link openInput}, and E_TOO_LARGE; the signal's reason
 */
export async function readInput(path: string, maxBytes: number, signal?: AbortSignal): Promise<Buffer> {
  signal?.throwIfAborted();
  const { handle, stats } = await openInput(path);
  try {
    if (stats.size > maxBytes)
      throw new StorageError(
        'E_TOO_LARGE',
        `Cannot read ${path}: it has ${stats.size} bytes; at most ${maxBytes} are read.`,
      );
    return await handle.readFile(signal && { signal });
  } catch (error) {
    throw storageError(error, path, 'read');
  } finally {
    await handle.close();
  }
}

/** {@link readInput}, but undefined where nothing is at `path`. */
export async function readIfThere(path: string, maxBytes: number): Promise<Buffer | undefined> {
  return readInput(path, maxBytes).catch((error: unknown) => {
    if (error instanceof StorageError && systemCode(error.cause) === 'ENOENT') return undefined;
    throw error;
  });
}
