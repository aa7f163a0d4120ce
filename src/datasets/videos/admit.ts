import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DecodeError } from '../../core/errors.js';
import { failure, flagsOf } from '../decode/read.js';
import { missingEnd } from './complete.js';
import { type Container, sniffContainer } from './container.js';
import type { VideoLimits } from './options.js';

/** A file that a decoder may open. */
export interface AdmittedFile {
  /** As the caller wrote it, for messages. */
  readonly name: string;
  /** Absolute, so that it cannot be taken for an option or a protocol. */
  readonly path: string;
  readonly bytes: number;
  readonly container: Container;
  /** Another one for each content that the file had, as far as the file system tells. */
  readonly state: string;
}

const HEAD = 512;

/**
 * Looks at a file before any decoder does: a regular file in one of the containers that are let in, told by its first
 * bytes, and not cut off by its container's own lengths. Playlists and other texts end here. Throws DecodeError: E_PATH,
 * E_READ, E_EMPTY, E_FORMAT, E_TRUNCATED.
 */
export async function admitVideo(name: string, limits: VideoLimits): Promise<AdmittedFile> {
  const file = await open(name, flagsOf(limits.noFollow)).catch((cause: unknown) => {
    throw failure(name, cause);
  });
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new DecodeError('E_PATH', name, 'it is not a regular file.');
    if (stats.size === 0) throw new DecodeError('E_EMPTY', name, 'the file is empty.');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    const container = sniffContainer(buffer.subarray(0, bytesRead));
    const expected = `expected a video (${limits.formats.join(', ')})`;
    if (container === undefined) {
      throw new DecodeError('E_FORMAT', name, `${expected} but its content is none that is known.`);
    }
    if (!limits.formats.includes(container)) {
      throw new DecodeError(
        'E_FORMAT',
        name,
        `${expected} but it is ${container}; allow it by the option formats.`,
      );
    }
    const missing = await missingEnd(file, stats.size, container);
    if (missing !== undefined) throw new DecodeError('E_TRUNCATED', name, `the file is cut off: ${missing}.`);
    const { dev, ino, size: bytes, mtimeMs, ctimeMs } = stats;
    return { name, path: resolve(name), bytes, container, state: [dev, ino, bytes, mtimeMs, ctimeMs].join() };
  } catch (cause) {
    throw cause instanceof DecodeError ? cause : failure(name, cause);
  } finally {
    await file.close();
  }
}
