import type { Refuse } from '../refuse.js';

/** One file of a zip archive, as its central directory says. */
export interface ZipEntry {
  /** The stored name. Never a path to write to: the caller chooses where an entry goes. */
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8;
  readonly compressedSize: number;
  /** Bytes after inflating. */
  readonly size: number;
  readonly crc32: number;
  /** Where the local header starts in the file. */
  readonly headerOffset: number;
}

/** Where the central directory lies. */
export interface ZipDirectory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

/** Longest end record: 22 bytes, a comment of 65,535 bytes, and the zip64 records before it. */
export const ZIP_TAIL = 22 + 65_535 + 20 + 56;
const MAX_ENTRIES = 200_000;
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;
const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;

function safe(value: bigint, refuse: Refuse): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw refuse('E_FORMAT', 'a zip64 number is beyond 2^53.');
  return Number(value);
}

/**
 * Finds the central directory from the last bytes of a zip file.
 * @param tail the last `min(size, ZIP_TAIL)` bytes
 * @param size length of the whole file
 */
export function locateDirectory(tail: Buffer, size: number, refuse: Refuse): ZipDirectory {
  const start = size - tail.length;
  let at = tail.length - 22;
  // The comment must reach exactly to the end of the file, or the four bytes are part of something else.
  while (
    at >= 0 &&
    !(tail.readUInt32LE(at) === 0x06054b50 && at + 22 + tail.readUInt16LE(at + 20) === tail.length)
  ) {
    at--;
  }
  if (at < 0)
    throw refuse('E_TRUNCATED', 'the end of the zip archive is missing; the file was cut or is no zip.');
  let disks = tail.readUInt16LE(at + 4) | tail.readUInt16LE(at + 6);
  let count = tail.readUInt16LE(at + 10);
  let bytes = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  let end = start + at;
  const locator = at - 20;
  if (locator >= 0 && tail.readUInt32LE(locator) === 0x07064b50) {
    const record = safe(tail.readBigUInt64LE(locator + 8), refuse) - start;
    if (record < 0 || record + 56 > locator || tail.readUInt32LE(record) !== 0x06064b50) {
      throw refuse('E_FORMAT', 'its zip64 end record is damaged.');
    }
    disks = tail.readUInt32LE(record + 16) | tail.readUInt32LE(record + 20);
    count = safe(tail.readBigUInt64LE(record + 32), refuse);
    bytes = safe(tail.readBigUInt64LE(record + 40), refuse);
    offset = safe(tail.readBigUInt64LE(record + 48), refuse);
    end = start + record;
  } else if (count === U16_MAX || bytes === U32_MAX || offset === U32_MAX) {
    throw refuse('E_FORMAT', 'it announces a zip64 end record that is not there.');
  }
  if (disks !== 0) throw refuse('E_UNSUPPORTED', 'zip archives in several parts are not supported.');
  if (offset + bytes !== end)
    throw refuse('E_FORMAT', 'the central directory of the zip does not end where it should.');
  if (count > MAX_ENTRIES || bytes > MAX_DIRECTORY_BYTES || count * 46 > bytes) {
    throw refuse('E_TOO_LARGE', `its directory claims ${count} entries in ${bytes} bytes.`);
  }
  return { offset, size: bytes, count };
}

interface Sizes {
  size: number;
  compressedSize: number;
  headerOffset: number;
}

/** Replaces the 0xffffffff fields by the 64-bit ones of the extra field, in the order the format fixes. */
function applyZip64(extra: Buffer, sizes: Sizes, refuse: Refuse): void {
  for (let at = 0; at + 4 <= extra.length; ) {
    const id = extra.readUInt16LE(at);
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) return; // padding that is no record: other writers do this
    if (id === 1) {
      let next = at + 4;
      for (const field of ['size', 'compressedSize', 'headerOffset'] as const) {
        if (sizes[field] !== U32_MAX) continue;
        if (next + 8 > end) throw refuse('E_FORMAT', 'a zip64 field is cut short.');
        sizes[field] = safe(extra.readBigUInt64LE(next), refuse);
        next += 8;
      }
      return;
    }
    at = end;
  }
}

function readEntry(bytes: Buffer, at: number, refuse: Refuse): { entry: ZipEntry; next: number } {
  if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) {
    throw refuse('E_FORMAT', 'its central directory is damaged.');
  }
  const flags = bytes.readUInt16LE(at + 8);
  const method = bytes.readUInt16LE(at + 10);
  const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
  const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
  const next = extraEnd + bytes.readUInt16LE(at + 32);
  if (next > bytes.length) throw refuse('E_FORMAT', 'its central directory is cut short.');
  const name = bytes.toString('utf8', at + 46, nameEnd);
  if (flags & 0x2041) throw refuse('E_UNSUPPORTED', `the zip entry "${name}" is encrypted.`);
  if (method !== 0 && method !== 8) {
    throw refuse(
      'E_UNSUPPORTED',
      `the zip entry "${name}" uses compression method ${method}; only 0 and 8 are read.`,
    );
  }
  const sizes: Sizes = {
    size: bytes.readUInt32LE(at + 24),
    compressedSize: bytes.readUInt32LE(at + 20),
    headerOffset: bytes.readUInt32LE(at + 42),
  };
  applyZip64(bytes.subarray(nameEnd, extraEnd), sizes, refuse);
  if (method === 0 && sizes.size !== sizes.compressedSize) {
    throw refuse('E_FORMAT', `the stored zip entry "${name}" has two different sizes.`);
  }
  return { entry: { name, method, crc32: bytes.readUInt32LE(at + 16), ...sizes }, next };
}

/**
 * Parses and checks a central directory: names unique, no two entries over the same bytes, all before the directory.
 * @param bytes the central directory
 */
export function parseDirectory(
  bytes: Buffer,
  directory: ZipDirectory,
  refuse: Refuse,
): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let index = 0; index < directory.count; index++) {
    const { entry, next } = readEntry(bytes, at, refuse);
    if (entries.has(entry.name)) throw refuse('E_DUPLICATE', `the zip holds "${entry.name}" twice.`);
    entries.set(entry.name, entry);
    at = next;
  }
  if (at !== bytes.length) throw refuse('E_FORMAT', 'its central directory holds more than it announces.');
  // Overlapping entries are how a small zip pretends to hold petabytes.
  let end = 0;
  for (const entry of [...entries.values()].sort((a, b) => a.headerOffset - b.headerOffset)) {
    if (entry.headerOffset < end) throw refuse('E_FORMAT', `the zip entry "${entry.name}" overlaps another.`);
    end = entry.headerOffset + 30 + entry.compressedSize;
  }
  if (end > directory.offset) throw refuse('E_FORMAT', 'a zip entry reaches into the central directory.');
  return entries;
}

/** Length of the local header at `entry.headerOffset`, given its first bytes (30 + name at least). */
export function localHeaderLength(header: Buffer, entry: ZipEntry, refuse: Refuse): number {
  const name = Buffer.from(entry.name, 'utf8');
  if (
    header.length < 30 + name.length ||
    header.readUInt32LE(0) !== 0x04034b50 ||
    header.readUInt16LE(26) !== name.length ||
    !header.subarray(30, 30 + name.length).equals(name) ||
    header.readUInt16LE(8) !== entry.method
  ) {
    throw refuse('E_FORMAT', `the zip entry "${entry.name}" does not match the directory.`);
  }
  return 30 + name.length + header.readUInt16LE(28);
}
