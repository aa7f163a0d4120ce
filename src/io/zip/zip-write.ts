import { crc32 } from 'node:zlib';
import { CheckpointError } from '../../core/errors.js';

/** One file to put into a zip archive. */
export interface ZipMember {
  readonly name: string;
  readonly data: Uint8Array;
}

// 1980-01-01 00:00, the earliest time of the format: the same input gives the same bytes on any day.
const DOS_DATE = 0x21;
const UTF8_FLAG = 0x0800;
const VERSION = 20;
const U32_MAX = 0xffff_ffff;

/**
 * A zip archive of stored (uncompressed) members, in the given order and the same bytes every time.
 * @param align every member's data starts at a multiple of this many bytes, by padding in its extra field
 * @throws CheckpointError E_TOO_LARGE beyond 4 GiB or 65,535 members (zip64 is not written), E_DUPLICATE
 */
export function writeZip(members: readonly ZipMember[], align = 1): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  const names = new Set<string>();
  let offset = 0;
  for (const { name, data } of members) {
    if (names.has(name))
      throw new CheckpointError('E_DUPLICATE', `A zip archive cannot hold "${name}" twice.`);
    names.add(name);
    const nameBytes = Buffer.from(name, 'utf8');
    const extra = padding(offset + 30 + nameBytes.length, align);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    const common = commonFields(data, nameBytes.length);
    local.set(common, 4);
    local.writeUInt16LE(extra.length, 28);
    parts.push(local, nameBytes, extra, data);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE(VERSION, 4);
    record.set(common, 6);
    record.writeUInt32LE(Math.min(offset, U32_MAX), 42);
    directory.push(record, nameBytes);
    offset += 30 + nameBytes.length + extra.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  if (offset + size > U32_MAX || members.length > 0xffff) {
    throw new CheckpointError(
      'E_TOO_LARGE',
      `A zip archive of ${offset} bytes is too large; write .safetensors instead.`,
    );
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** The 24 bytes, from "version needed" to "length of the name", that both headers of a member share. */
function commonFields(data: Uint8Array, nameLength: number): Buffer {
  const fields = Buffer.alloc(24);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(UTF8_FLAG, 2);
  fields.writeUInt16LE(DOS_DATE, 8);
  fields.writeUInt32LE(crc32(data), 10);
  fields.writeUInt32LE(Math.min(data.length, U32_MAX), 14);
  fields.writeUInt32LE(Math.min(data.length, U32_MAX), 18);
  fields.writeUInt16LE(nameLength, 22);
  return fields;
}

/** An extra field ("FB", as PyTorch writes it) that moves what follows `at` to a multiple of `align`. */
function padding(at: number, align: number): Buffer {
  const missing = (align - (at % align)) % align;
  if (missing === 0) return Buffer.alloc(0);
  const length = missing < 4 ? missing + align * Math.ceil((4 - missing) / align) : missing;
  const extra = Buffer.alloc(length, 'Z');
  extra.write('FB', 0, 'latin1');
  extra.writeUInt16LE(length - 4, 2);
  return extra;
}
