import { CuemixError, StorageError } from '../../core/errors.js';

/** The system's error code (`ENOSPC`, `EEXIST`, …) or '' when `error` has none. */
export function systemCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

// EFBIG is the file-size limit (ulimit -f), EDQUOT the user's quota: to the user all three mean "no room".
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const NO_RIGHT = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * Turns a system error met while writing `path` into a StorageError with a stable code: E_NO_SPACE, E_PERMISSION,
 * E_TOO_MANY_FILES, E_PATH (a file in the place of a folder, or the other way round) or E_IO. Errors of this library and aborts pass through.
 */
export function storageError(error: unknown, path: string, doing = 'write'): unknown {
  if (error instanceof CuemixError) return error;
  const code = systemCode(error);
  if (code === '' || code === 'ABORT_ERR') return error;
  const fail = (stable: string, reason: string) =>
    new StorageError(stable, `Cannot ${doing} ${path}: ${reason}`, { cause: error });
  if (NO_ROOM.has(code)) {
    return fail('E_NO_SPACE', `no space left (${code}). Free some space and run the same command again.`);
  }
  if (NO_RIGHT.has(code)) return fail('E_PERMISSION', `the system does not allow it (${code}).`);
  if (code === 'EMFILE' || code === 'ENFILE') {
    return fail('E_TOO_MANY_FILES', `too many open files (${code}). Raise the limit with "ulimit -n 4096".`);
  }
  if (code === 'ENOENT') return fail('E_PATH', 'no such file or folder.');
  if (code === 'EISDIR') return fail('E_PATH', `a file was expected but a folder is there (${code}).`);
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return fail('E_PATH', `a folder was expected but a file is there (${code}).`);
  return fail('E_IO', `the system reported ${code}.`);
}
