import { crc32, inflateRawSync } from 'node:zlib';
import type { Refuse } from '../refuse.js';
import {
  localHeaderLength,
  locateDirectory,
  parseDirectory,
  ZIP_TAIL,
  type ZipEntry,
} from './zip-directory.js';

/** A zip archive held in memory. */
export interface ZipBytes {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** The content of `entry`, its CRC-32 checked. Stored content shares memory with the archive. */
  read(entry: ZipEntry): Uint8Array;
}

/** Whether `bytes` begin like a zip archive. */
export function isZip(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5) && bytes[3] === bytes[2]! + 1
  );
}

/**
 * Opens a zip archive in memory.
 * @param limit most bytes that one deflated entry may inflate to
 * @throws by `refuse` E_TRUNCATED, E_FORMAT, E_DUPLICATE, E_UNSUPPORTED, E_TOO_LARGE, E_HASH
 */
export function openZipBytes(bytes: Uint8Array, refuse: Refuse, limit = 2 ** 31 - 1): ZipBytes {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = locateDirectory(
    buffer.subarray(Math.max(0, buffer.length - ZIP_TAIL)),
    buffer.length,
    refuse,
  );
  const records = buffer.subarray(directory.offset, directory.offset + directory.size);
  const entries = parseDirectory(records, directory, refuse);
  return {
    entries,
    read(entry) {
      const start =
        entry.headerOffset + localHeaderLength(buffer.subarray(entry.headerOffset), entry, refuse);
      const end = start + entry.compressedSize;
      if (end > directory.offset)
        throw refuse('E_FORMAT', `the zip entry "${entry.name}" reaches into the directory.`);
      const raw = buffer.subarray(start, end);
      const content = entry.method === 0 ? raw : inflate(raw, entry, limit, refuse);
      if (crc32(content) !== entry.crc32) {
        throw refuse('E_HASH', `the zip entry "${entry.name}" fails its CRC-32; it is damaged.`);
      }
      return content;
    },
  };
}

function inflate(raw: Buffer, entry: ZipEntry, limit: number, refuse: Refuse): Buffer {
  if (entry.size > limit) {
    throw refuse(
      'E_TOO_LARGE',
      `the zip entry "${entry.name}" has ${entry.size} bytes; at most ${limit} are read.`,
    );
  }
  let content: Buffer;
  try {
    content = inflateRawSync(raw, { maxOutputLength: Math.max(1, entry.size) });
  } catch (error) {
    throw refuse(
      'E_FORMAT',
      `the zip entry "${entry.name}" does not inflate to its ${entry.size} bytes.`,
      error,
    );
  }
  if (content.length !== entry.size) {
    throw refuse('E_FORMAT', `the zip entry "${entry.name}" gave ${content.length} of ${entry.size} bytes.`);
  }
  return content;
}
