import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../../core/errors.js';
import { writeAll } from '../files/atomic.js';
import { sha256 } from '../files/hash.js';
import { lockFolder } from '../files/lock.js';
import { storageError } from '../files/storage-error.js';
import { fetchRange, type HttpOptions, type RemoteVersion, shownPath } from './http.js';

/** A folder that keeps copies of remote files. */
export interface DownloadCache {
  readonly folder: string;
  /** Most bytes that copies may take; the longest unused go first. 10 GiB unless told. */
  readonly limit?: number;
}

/** What a copy must be. */
export interface Expected {
  readonly bytes?: number | undefined;
  readonly sha256?: string | undefined;
}

const PIECE = 8 * 1024 * 1024;
const LIMIT = 10 * 2 ** 30;
const WAIT_MS = 30 * 60_000;

/**
 * Path of a whole local copy of `url`, fetched in pieces if it is not there yet. A copy cut short goes on where it
 * stopped; several threads and processes that want one file fetch it once. The hash is checked before a copy counts.
 * @throws StorageError E_HASH, E_TRUNCATED (another length than expected), E_TOO_LARGE (for the cache), and what `fetchRange` throws
 */
export async function cachedCopy(
  url: string,
  cache: DownloadCache,
  expected: Expected = {},
  options: HttpOptions = {},
): Promise<string> {
  const folder = join(cache.folder, sha256(`${url}\n${expected.sha256 ?? ''}`).slice(0, 32));
  const path = join(folder, 'whole');
  if (await touched(path)) return path;
  await mkdir(folder, { recursive: true });
  const lock = await lockFolder(folder, { waitMs: WAIT_MS, signal: options.signal });
  try {
    if (await touched(path)) return path;
    const part = join(folder, 'part');
    await fetchTo(part, url, expected, cache.limit ?? LIMIT, options);
    await rename(part, path);
  } finally {
    await lock.release();
  }
  await evict(cache, folder);
  return path;
}

async function fetchTo(
  part: string,
  url: string,
  expected: Expected,
  limit: number,
  options: HttpOptions,
): Promise<void> {
  const refuse = (code: string, reason: string) =>
    new StorageError(code, `Cannot use ${shownPath(url)}: ${reason}`);
  const file = await open(part, 'a+');
  try {
    // Without a hash to prove the whole, an earlier part may be of another version of the file.
    if (expected.sha256 === undefined) await file.truncate(0);
    let done = (await file.stat()).size;
    let total = expected.bytes ?? Infinity; // a part may be all there is, as a kill before the last step leaves it
    let same: RemoteVersion | undefined;
    while (done < total) {
      const piece = await fetchRange(url, done, PIECE, { ...options, same });
      same = piece;
      total = piece.total;
      if (expected.bytes !== undefined && total !== expected.bytes) {
        await file.truncate(0);
        throw refuse('E_TRUNCATED', `expected ${expected.bytes} bytes but it has ${total}.`);
      }
      if (total > limit)
        throw refuse('E_TOO_LARGE', `it has ${total} bytes but the cache may take ${limit} (limit).`);
      await writeAll(file, piece.bytes);
      done += piece.bytes.length;
    }
    if (expected.sha256 !== undefined) {
      const hash = createHash('sha256');
      for await (const chunk of file.createReadStream({ start: 0, autoClose: false }))
        hash.update(chunk as Buffer);
      if (hash.digest('hex') !== expected.sha256) {
        await file.truncate(0);
        throw refuse('E_HASH', 'it is not the file that its index describes (sha256).');
      }
    }
    await file.sync();
  } catch (error) {
    throw storageError(error, part);
  } finally {
    await file.close();
  }
}

/** True where the copy is there; notes the time of use. */
async function touched(path: string): Promise<boolean> {
  const now = new Date();
  return utimes(path, now, now).then(
    () => true,
    () => false,
  );
}

/** Removes the longest unused copies until the limit holds. Open files stay readable where the system allows it. */
async function evict({ folder, limit = LIMIT }: DownloadCache, kept: string): Promise<void> {
  const copies: { path: string; size: number; used: number }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(join(path, 'whole')).catch(() => undefined);
    if (found !== undefined) copies.push({ path, size: found.size, used: found.mtimeMs });
  }
  let total = copies.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of copies.sort((a, b) => a.used - b.used)) {
    if (total <= limit) return;
    if (path === kept) continue;
    await rm(join(path, 'whole'), { force: true });
    total -= size;
  }
}
