import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { constants, createGunzip } from 'node:zlib';
import { DecodeError } from '../../core/errors.js';
import type { Run } from './runs.js';

const CHUNK = 256 * 1024;

/** Stretches closer together than this are read in one go: a system call costs more than the bytes between. */
const GAP = 16 * 1024;
const WINDOW = 1024 * 1024;

/** Fills `out` from the file, as far as the file goes; returns the number of bytes read. */
async function readFully(handle: FileHandle, out: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < out.length) {
    const { bytesRead } = await handle.read(out, done, out.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Joins neighbouring runs into windows that are read at once. */
function* windows(runs: Iterable<Run>): Generator<{ start: number; end: number; runs: Run[] }> {
  let current: { start: number; end: number; runs: Run[] } | undefined;
  for (const run of runs) {
    const end = run.offset + run.length;
    if (current !== undefined && run.offset - current.end <= GAP && end - current.start <= WINDOW) {
      current.runs.push(run);
      current.end = end;
    } else {
      if (current !== undefined) yield current;
      current = { start: run.offset, end, runs: [run] };
    }
  }
  if (current !== undefined) yield current;
}

/** Copies ascending stretches of a plain file one after another into `out`; stops early where the file ends. */
export async function gatherPlain(
  handle: FileHandle,
  runs: Iterable<Run>,
  out: Uint8Array,
  signal?: AbortSignal,
): Promise<number> {
  let filled = 0;
  for (const window of windows(runs)) {
    signal?.throwIfAborted();
    const wanted = window.end - window.start;
    if (window.runs.length === 1) {
      const read = await readFully(handle, out.subarray(filled, filled + wanted), window.start);
      filled += read;
      if (read < wanted) return filled;
      continue;
    }
    const bytes = new Uint8Array(wanted);
    const read = await readFully(handle, bytes, window.start);
    for (const { offset, length } of window.runs) {
      const from = offset - window.start;
      const part = bytes.subarray(from, Math.min(from + length, read));
      out.set(part, filled);
      filled += part.length;
      if (part.length < length) return filled;
    }
  }
  return filled;
}

/** Turns an error of zlib into ours. */
function gzipError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') {
    return new DecodeError('E_TRUNCATED', path, 'its gzip stream ends early; the file is incomplete.', {
      cause: error,
    });
  }
  if (typeof code === 'string' && code.startsWith('Z_')) {
    const reason = error instanceof Error ? error.message : String(error);
    return new DecodeError('E_CORRUPT', path, `its gzip stream is damaged (${reason}).`, { cause: error });
  }
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return surplus(path);
  }
  return error;
}

/** The inflated content of a gzip file (all members), piece by piece; zlib works in its own thread. */
export async function* inflate(
  path: string,
  signal?: AbortSignal,
  chunkSize = CHUNK,
): AsyncGenerator<Uint8Array> {
  const source = createReadStream(path, { highWaterMark: chunkSize });
  const gunzip = createGunzip({ chunkSize, finishFlush: constants.Z_FINISH });
  source.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip)) {
      signal?.throwIfAborted();
      yield chunk;
    }
  } catch (error) {
    throw gzipError(error, path);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

/**
 * Copies ascending stretches of a gzip file's content into `out` and stops inflating behind the last one, unless
 * `slack` is given: then it goes on to the end, so that the checksum is checked, and refuses more than `slack` bytes.
 */
export async function gatherGzip(
  path: string,
  runs: Iterable<Run>,
  out: Uint8Array,
  options: { readonly slack?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const iterator = runs[Symbol.iterator]();
  let next = iterator.next();
  let filled = 0;
  let taken = 0; // bytes of the current run already copied
  let position = 0;
  let last = 0; // end of the last finished run
  for await (const chunk of inflate(path, options.signal)) {
    const end = position + chunk.length;
    while (!next.done && next.value.offset + taken < end) {
      const { offset, length } = next.value;
      const part = chunk.subarray(
        offset + taken - position,
        Math.min(offset + length - position, chunk.length),
      );
      out.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (taken < length) break;
      last = offset + length;
      taken = 0;
      next = iterator.next();
    }
    position = end;
    if (!next.done) continue;
    if (options.slack === undefined) return filled;
    if (position - last > options.slack) throw surplus(path);
  }
  return filled;
}

function surplus(path: string): DecodeError {
  return new DecodeError('E_TOO_LARGE', path, 'its gzip stream holds far more than the header promises.');
}
