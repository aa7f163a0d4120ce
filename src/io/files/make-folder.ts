import { lstat, mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { StorageError } from '../../core/errors.js';
import { storageError, systemCode } from './storage-error.js';
import { temporaryPath } from './temporary.js';

/**
 * Makes a folder and those above it; one that is there is fine, also behind a link. Node's own `mkdir -p` never returns
 * below /proc, where the system says that the parent is missing although it is there. Errors speak of `named`.
 * @throws StorageError E_PATH (a file is in its place, or no folder can be there), E_PERMISSION, E_NO_SPACE…
 */
export async function makeFolder(path: string, named = path): Promise<void> {
  const folder = resolve(path);
  try {
    await mkdir(folder);
  } catch (error) {
    if (await isFolder(folder)) return;
    if (systemCode(error) !== 'ENOENT') throw storageError(error, named);
    const parent = dirname(folder);
    if (await isFolder(parent)) throw impossible(named, error);
    await makeFolder(parent, named);
    await mkdir(folder).catch(async (again: unknown) => {
      if (await isFolder(folder)) return; // another process was quicker
      throw systemCode(again) === 'ENOENT' ? impossible(named, again) : storageError(again, named);
    });
  }
}

/**
 * Proves that the folder `path` is there and takes files, or could be made, and leaves nothing behind: for long work that
 * writes only after a long look at its inputs, or at its end. What only the system knows, such as a disk that will be
 * full, is not foreseen.
 * @throws StorageError E_PATH (a file is in the way, or no folder can be there), E_PERMISSION, E_NO_SPACE…
 */
export async function checkFolder(path: string): Promise<void> {
  let folder = resolve(path);
  for (; dirname(folder) !== folder; folder = dirname(folder)) {
    if (await isFolder(folder)) break;
    const there = await lstat(folder).catch(() => undefined);
    if (there !== undefined) throw storageError(Object.assign(new Error(), { code: 'ENOTDIR' }), path);
  }
  const probe = temporaryPath(folder);
  try {
    await mkdir(probe);
    await rmdir(probe);
  } catch (error) {
    throw systemCode(error) === 'ENOENT' ? impossible(path, error) : storageError(error, path);
  }
}

/** As {@link checkFolder}, for a file that will be written: it may be there, but not as a folder. */
export async function checkFile(path: string): Promise<void> {
  if (await isFolder(path)) throw storageError(Object.assign(new Error(), { code: 'EISDIR' }), path);
  await checkFolder(dirname(path));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function impossible(path: string, cause: unknown): StorageError {
  return new StorageError('E_PATH', `Cannot write ${path}: the system makes no folder there.`, { cause });
}
