import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { withAtomicFile, writeAll } from '../files/atomic.js';
import { openInput } from '../files/open-input.js';
import { type Refuse, refuseStorage } from '../refuse.js';
import {
  localHeaderLength,
  locateDirectory,
  parseDirectory,
  ZIP_TAIL,
  type ZipEntry,
} from './zip-directory.js';

export type { ZipEntry } from './zip-directory.js';

/** Options of {@link ZipFile.extractTo}. */
export interface ExtractOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes written so far, out of `entry.size`. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Flush to the device before returning. Default true. */
  readonly fsync?: boolean;
}

/** What was extracted. */
export interface Extracted {
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the extracted bytes. */
  readonly sha256: string;
}

/** An open zip file of any size; only the directory is held in memory. */
export interface ZipFile {
  readonly path: string;
  /** By name, in the directory's order. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /**
   * Streams one entry into the file `path`, which appears only once size and CRC-32 are right.
   * @throws StorageError E_HASH, E_TRUNCATED, E_FORMAT for a damaged entry; E_NO_SPACE… for the output.
   */
  extractTo(entry: ZipEntry, path: string, options?: ExtractOptions): Promise<Extracted>;
  /** The bytes of one entry, at most `limit` (default 64 MiB). */
  read(entry: ZipEntry, limit?: number): Promise<Buffer>;
  close(): Promise<void>;
}

const CHUNK = 1 << 20;

async function readAt(handle: FileHandle, offset: number, length: number, refuse: Refuse): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) throw refuse('E_TRUNCATED', `it ends ${length - done} bytes too early.`);
    done += bytesRead;
  }
  return buffer;
}

/** The raw (still compressed) bytes of `entry` in chunks. */
async function* rawChunks(handle: FileHandle, entry: ZipEntry, refuse: Refuse): AsyncGenerator<Buffer> {
  const nameBytes = Buffer.byteLength(entry.name, 'utf8');
  const header = await readAt(handle, entry.headerOffset, 30 + nameBytes, refuse);
  let at = entry.headerOffset + localHeaderLength(header, entry, refuse);
  const end = at + entry.compressedSize;
  while (at < end) {
    const length = Math.min(CHUNK, end - at);
    yield await readAt(handle, at, length, refuse);
    at += length;
  }
}

/** Streams `entry` through `take`, inflated; refuses more or fewer bytes than announced, and a wrong CRC-32. */
async function stream(
  handle: FileHandle,
  entry: ZipEntry,
  refuse: Refuse,
  take: (chunk: Buffer, done: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  let sum = 0;
  let done = 0;
  const sink = new Writable({
    highWaterMark: CHUNK,
    write(chunk: Buffer, _encoding, callback) {
      done += chunk.length;
      if (done > entry.size) {
        callback(
          refuse('E_FORMAT', `the zip entry "${entry.name}" holds more than its ${entry.size} bytes.`),
        );
        return;
      }
      sum = crc32(chunk, sum);
      take(chunk, done).then(() => callback(), callback);
    },
  });
  const source = Readable.from(rawChunks(handle, entry, refuse), { objectMode: false, highWaterMark: CHUNK });
  const options = signal === undefined ? {} : { signal };
  try {
    if (entry.method === 0) await pipeline(source, sink, options);
    else await pipeline(source, createInflateRaw({ chunkSize: CHUNK }), sink, options);
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw refuse('E_FORMAT', `the zip entry "${entry.name}" does not inflate.`, error);
    }
    throw error;
  }
  if (done !== entry.size) {
    throw refuse('E_TRUNCATED', `the zip entry "${entry.name}" gave ${done} of ${entry.size} bytes.`);
  }
  if (sum !== entry.crc32)
    throw refuse('E_HASH', `the zip entry "${entry.name}" fails its CRC-32; it is damaged.`);
}

/**
 * Opens a zip file (stored or deflated entries, zip64 too) and checks its directory. Close it when done.
 * @throws StorageError E_EMPTY, E_TRUNCATED, E_FORMAT, E_UNSUPPORTED, E_DUPLICATE, E_TOO_LARGE naming `path`.
 */
export async function openZip(path: string): Promise<ZipFile> {
  const refuse = refuseStorage(path);
  const { handle, stats } = await openInput(path);
  try {
    const { size } = stats;
    if (size === 0) throw refuse('E_EMPTY', 'the file is empty.');
    const tail = await readAt(handle, Math.max(0, size - ZIP_TAIL), Math.min(size, ZIP_TAIL), refuse);
    const directory = locateDirectory(tail, size, refuse);
    const bytes = await readAt(handle, directory.offset, directory.size, refuse);
    const entries = parseDirectory(bytes, directory, refuse);
    return {
      path,
      entries,
      close: () => handle.close(),
      async read(entry, limit = 64 * 1024 * 1024) {
        if (entry.size > limit) {
          throw refuse(
            'E_TOO_LARGE',
            `the zip entry "${entry.name}" has ${entry.size} bytes; at most ${limit} are read.`,
          );
        }
        const chunks: Buffer[] = [];
        await stream(handle, entry, refuse, async (chunk) => void chunks.push(chunk));
        return Buffer.concat(chunks);
      },
      extractTo(entry, target, { signal, onProgress, fsync = true } = {}) {
        return withAtomicFile(
          target,
          async (output) => {
            const hash = createHash('sha256');
            await stream(
              handle,
              entry,
              refuse,
              async (chunk, done) => {
                hash.update(chunk);
                await writeAll(output, chunk);
                onProgress?.(done, entry.size);
              },
              signal,
            );
            return { bytes: entry.size, sha256: hash.digest('hex') };
          },
          { fsync, signal },
        );
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
