import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from '../../core/errors.js';
import { makeFolder } from './make-folder.js';
import { storageError, systemCode } from './storage-error.js';
import { isTemporary, temporaryPath } from './temporary.js';

/** How a file is committed. */
export interface AtomicOptions {
  /** Flush file and folder to the device before returning, so that a power cut cannot undo it. Default true. */
  readonly fsync?: boolean;
  /** Stops the write; nothing is left behind. */
  readonly signal?: AbortSignal | undefined;
}

/** Flushes a folder's entries to the device. Does nothing where the system cannot open folders (Windows). */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network and FUSE file systems have no folder sync; the rename itself stays atomic there.
    if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(systemCode(error))) throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Lets `fill` write a temporary file beside `path`, then makes it appear under `path` in one step: readers see the old
 * file or the whole new one, never a part. On any failure the temporary file is removed and `path` is untouched.
 * Missing parent folders are made. A symbolic link at `path` is replaced, not followed.
 * @throws StorageError E_NO_SPACE, E_PERMISSION, E_IO… naming `path`; whatever `fill` throws.
 */
export async function withAtomicFile<T>(
  path: string,
  fill: (handle: FileHandle, temporary: string) => Promise<T>,
  options: AtomicOptions = {},
): Promise<T> {
  const { fsync = true, signal } = options;
  signal?.throwIfAborted();
  const folder = dirname(path);
  const temporary = temporaryPath(folder);
  try {
    await makeFolder(folder, path);
    const handle = await open(temporary, 'wx', 0o666);
    let result: T;
    try {
      result = await fill(handle, temporary);
      signal?.throwIfAborted();
      if (fsync) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    if (fsync) await syncFolder(folder);
    return result;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw storageError(error, path);
  }
}

/** Writes all of `data` to `path` atomically: see {@link withAtomicFile}. Text is written as UTF-8. */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: AtomicOptions = {},
): Promise<void> {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  await withAtomicFile(path, (handle) => writeAll(handle, bytes), options);
}

/** Writes every byte: one `write` call may take fewer than it was given. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, null);
    done += bytesWritten;
  }
}

/**
 * Lets `fill` build a temporary folder beside `path`, then makes it appear under `path` in one step.
 * The files inside must have been written with fsync (as {@link writeFileAtomic} does) if a power cut matters.
 * @throws StorageError E_EXISTS when something is at `path` already (it is never replaced).
 */
export async function withAtomicFolder<T>(
  path: string,
  fill: (temporary: string) => Promise<T>,
  options: AtomicOptions = {},
): Promise<T> {
  const { fsync = true, signal } = options;
  signal?.throwIfAborted();
  const parent = dirname(path);
  const temporary = temporaryPath(parent);
  if (await isTaken(path)) throw taken(path); // said now, not when the work is done
  try {
    await makeFolder(parent, path);
    await mkdir(temporary);
    const result = await fill(temporary);
    signal?.throwIfAborted();
    if (fsync) await syncFolder(temporary);
    await commitFolder(temporary, path);
    if (fsync) await syncFolder(parent);
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw storageError(error, path);
  }
}

async function commitFolder(temporary: string, path: string): Promise<void> {
  try {
    await rename(temporary, path);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(systemCode(error))) throw error;
    throw taken(path, error);
  }
}

/** Whether something is at `path` that a rename cannot replace: all but an empty folder. */
async function isTaken(path: string): Promise<boolean> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return false;
  if (!there.isDirectory()) return true;
  return readdir(path).then(
    (names) => names.length > 0,
    () => false,
  );
}

function taken(path: string, cause?: unknown): StorageError {
  return new StorageError(
    'E_EXISTS',
    `Cannot write ${path}: it exists already. Choose another name or remove it.`,
    { cause },
  );
}

/**
 * Removes the temporary files and folders that killed writers left directly in `folder`; returns how many.
 * Call it only while holding the folder's lock (`lockFolder`): then no living writer owns any of them.
 */
export async function sweepTemporary(folder: string): Promise<number> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0;
    throw storageError(error, folder, 'read');
  }
  const stale = names.filter((name) => isTemporary(name));
  for (const name of stale) await rm(join(folder, name), { recursive: true, force: true });
  return stale.length;
}
