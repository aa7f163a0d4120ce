import type { FileHandle } from 'node:fs/promises';
import { gunzip } from 'node:zlib';
import { openInput } from '../files/open-input.js';
import { storageError } from '../files/storage-error.js';
import { fetchRange, type HttpOptions, shownPath } from '../http/http.js';
import { type Refuse, refuseDataset } from '../refuse.js';
import { BLOCK } from './tar-header.js';
import { indexTar, type ReadAt, type TarEntry, type TarLimits } from './tar-index.js';

export type { TarEntry } from './tar-index.js';

/** An indexed tar archive. Members are read at random; nothing is ever written to disk by a member's name. */
export interface TarArchive {
  readonly path: string;
  /** Length of the file. */
  readonly bytes: number;
  /** Regular files by name, in the archive's order. */
  readonly entries: ReadonlyMap<string, TarEntry>;
  /** The content of one member. */
  read(entry: TarEntry): Promise<Buffer>;
  close(): Promise<void>;
}

/** How many times a gzipped archive above `SMALL` bytes may grow. */
const MOST_GROWTH = 100;
const SMALL = 64 * 1024 * 1024;

/** Options of {@link openTar}. */
export interface OpenTarOptions extends TarLimits {
  /** A gzipped archive is inflated into memory; this is the most it may take. Default 1 GiB, and 100 times the file (64 MiB at least). */
  readonly maxInflatedBytes?: number;
}

function fromFile(handle: FileHandle): ReadAt {
  return async (offset, length) => {
    const buffer = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  };
}

/** Inflates off the main thread; node checks CRC and length of every gzip member, and the limit while inflating. */
function inflate(bytes: Buffer, limit: number, refuse: Refuse): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gunzip(bytes, { maxOutputLength: limit }, (error, result) => {
      if (error === null) return resolve(result);
      const code = 'code' in error ? error.code : '';
      if (code === 'ERR_BUFFER_TOO_LARGE')
        reject(refuse('E_TOO_LARGE', `it inflates to more than ${limit} bytes.`, error));
      else if (code === 'Z_BUF_ERROR')
        reject(refuse('E_TRUNCATED', 'its gzip stream ends too early.', error));
      else reject(refuse('E_FORMAT', 'its gzip stream is damaged.', error));
    });
  });
}

/**
 * Opens a tar archive, gzipped or not, and indexes it; see {@link indexTar} for what is refused. Close it when done.
 * @throws DatasetError E_EMPTY, E_TRUNCATED, E_FORMAT, E_PATH, E_DUPLICATE, E_UNSUPPORTED, E_TOO_LARGE; StorageError
 */
export async function openTar(path: string, options: OpenTarOptions = {}): Promise<TarArchive> {
  const { maxInflatedBytes = 2 ** 30 } = options;
  const refuse = refuseDataset(path);
  const { handle, stats } = await openInput(path);
  try {
    let total = stats.size;
    if (total === 0) throw refuse('E_EMPTY', 'the file is empty.');
    let readAt = fromFile(handle);
    if (isGzip(await readAt(0, 2))) {
      if (total > maxInflatedBytes) throw refuse('E_TOO_LARGE', `it has ${total} bytes of gzip.`);
      // Shards hold pictures, which do not shrink again: far more than that is a bomb.
      const most = Math.min(maxInflatedBytes, Math.max(SMALL, MOST_GROWTH * total));
      const whole = await inflate(await readAt(0, total), most, refuse);
      readAt = async (offset, length) => whole.subarray(offset, offset + length);
      total = whole.length;
    }
    const entries = await indexTar(readAt, total, refuse, options);
    return archive(path, stats.size, entries, readAt, () => handle.close());
  } catch (error) {
    await handle.close();
    throw storageError(error, path, 'read');
  }
}

/**
 * Indexes a tar archive over HTTP by range requests; only headers and the members asked for are fetched. Every part must
 * come from one version of the file. Gzipped archives cannot be read in parts.
 * @throws DatasetError as {@link openTar}; StorageError as `fetchRange`
 */
export async function openRemoteTar(url: string, options: TarLimits & HttpOptions = {}): Promise<TarArchive> {
  const first = await fetchRange(url, 0, BLOCK, options);
  if (isGzip(first.bytes))
    throw refuseDataset(shownPath(url))(
      'E_UNSUPPORTED',
      'it is gzipped; unpack it, or keep it whole in a cache.',
    );
  const readAt: ReadAt = async (offset, length) => {
    if (length === 0) return Buffer.alloc(0);
    const part = await fetchRange(url, offset, length, { ...options, same: first });
    return part.bytes;
  };
  const entries = await indexTar(readAt, first.total, refuseDataset(shownPath(url)), options);
  return archive(shownPath(url), first.total, entries, readAt, () => Promise.resolve());
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function archive(
  path: string,
  bytes: number,
  entries: Map<string, TarEntry>,
  readAt: ReadAt,
  close: () => Promise<void>,
): TarArchive {
  const refuse = refuseDataset(path);
  return {
    path,
    bytes,
    entries,
    close,
    async read(entry) {
      const content = await readAt(entry.offset, entry.size);
      if (content.length < entry.size)
        throw refuse('E_TRUNCATED', `its member ${JSON.stringify(entry.name)} was cut.`);
      return content;
    },
  };
}
