import { crc32 } from 'node:zlib';
import type { ImageFormat } from './sniff.js';

/** Why a file did not decode: `E_TRUNCATED` when bytes are missing, `E_CORRUPT` when they are wrong. */
export interface Damage {
  readonly code: 'E_TRUNCATED' | 'E_CORRUPT';
  readonly reason: string;
}

const truncated = (reason: string): Damage => ({ code: 'E_TRUNCATED', reason });
const corrupt = (reason: string): Damage => ({ code: 'E_CORRUPT', reason });

const END = Buffer.from([0xff, 0xd9]);
const SCAN = 0xda;
const GIF_TRAILER = 0x3b;

/**
 * Tells truncation from corruption after the decoder gave up, by the file alone: libvips keeps what it says in one place
 * for all threads, so its words may be about another picture that failed at the same time.
 */
export function diagnose(bytes: Uint8Array, format: ImageFormat): Damage {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (format === 'png') return diagnosePng(file);
  if (format === 'webp' && file.readUInt32LE(4) + 8 > file.length)
    return truncated('the file is shorter than its header says.');
  if (format === 'gif' && file.at(-1) !== GIF_TRAILER) return truncated('the file ends without its trailer.');
  if (format === 'jpeg' && !hasEnd(file)) return truncated('the file ends before its picture does.');
  return corrupt('its content is damaged, or of a kind that is not read.');
}

/** Whether a JPEG's end marker follows its first scan (ITU-T T.81, annex B); smaller pictures in headers have their own. */
function hasEnd(file: Buffer): boolean {
  let at = 2;
  while (at + 4 <= file.length && file[at] === 0xff && file[at + 1] !== SCAN)
    at += file[at + 1] === 0xff ? 1 : 2 + file.readUInt16BE(at + 2);
  return file.indexOf(END, at) >= 0;
}

/** Walks the chunks of a PNG file (ISO/IEC 15948, section 5). */
function diagnosePng(bytes: Buffer): Damage {
  let data = 0;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const end = at + 12 + length;
    if (end > bytes.length) return truncated(`the file ends inside its ${printable(type)} chunk.`);
    if (bytes.readUInt32BE(end - 4) !== crc32(bytes.subarray(at + 4, end - 4))) {
      return corrupt(`the checksum of its ${printable(type)} chunk is wrong.`);
    }
    if (type === 'IHDR') {
      if (length !== 13 || !validSide(bytes, at + 8)) return corrupt('its header gives an impossible size.');
      if (!validKind(bytes.subarray(at + 16, at + 21)))
        return corrupt('its header gives a kind of pixels that PNG does not have.');
    }
    if (type === 'IDAT') data += length;
    if (type === 'IEND')
      return truncated(data === 0 ? 'it holds no pixel data.' : 'its pixel data ends too early.');
    at = end;
  }
  return truncated('the file ends without its IEND chunk.');
}

function validSide(bytes: Buffer, at: number): boolean {
  const sides = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
  return sides.every((side) => side > 0 && side < 0x80000000);
}

/** Bits a sample, by colour type, and one way of compressing and filtering, two of interlacing (section 11.2.2). */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

function validKind([depth, colour, compression, filter, interlace]: Uint8Array): boolean {
  const known = DEPTHS[colour!]?.includes(depth!) === true;
  return known && compression === 0 && filter === 0 && interlace! <= 1;
}

function printable(type: string): string {
  return /^[A-Za-z]{4}$/.test(type) ? type : 'damaged';
}
