import { CheckpointError, type CuemixError, DatasetError, StorageError } from '../core/errors.js';

/**
 * Makes the error that says why one input was refused. `code` is stable (E_TRUNCATED, E_FORMAT, E_EMPTY, E_PATH,
 * E_DUPLICATE, E_UNSUPPORTED, E_UNSAFE, E_TOO_LARGE, E_MISSING, E_HASH), `reason` is the rest of a sentence.
 */
export type Refuse = (code: string, reason: string, cause?: unknown) => CuemixError;

const because = (cause: unknown) => (cause === undefined ? {} : { cause });

/** Refusals of a weights file or array called `name`. */
export const refuseCheckpoint =
  (name: string): Refuse =>
  (code, reason, cause) =>
    new CheckpointError(code, `Cannot read ${name}: ${reason}`, because(cause));

/** Refusals of a dataset file (shard, manifest) called `name`. */
export const refuseDataset =
  (name: string): Refuse =>
  (code, reason, cause) =>
    new DatasetError(code, `Cannot read ${name}: ${reason}`, because(cause));

/** Refusals of an archive or other stored file called `name`. */
export const refuseStorage =
  (name: string): Refuse =>
  (code, reason, cause) =>
    new StorageError(code, `Cannot read ${name}: ${reason}`, because(cause));

/** What a file that is no known binary format looks like, so that the message can say what went wrong upstream. */
export function describeStray(bytes: Uint8Array): string {
  return knownStray(bytes) ?? 'its first bytes belong to no known format';
}

/** The same for the strays that have a likely reason; undefined for others. */
export function knownStray(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1').trimStart().toLowerCase();
  if (head.startsWith('version https://git-lfs')) return 'it is a Git LFS pointer, not the file itself';
  if (head.startsWith('<!doctype') || head.startsWith('<html') || head.startsWith('<?xml')) {
    return 'it is a web page, perhaps a failed download';
  }
  return undefined;
}
