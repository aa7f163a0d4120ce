import { crc32 } from 'node:zlib';
import type { ImageFormat } from './sniff.js';

/** Why a file did not decode: `E_TRUNCATED` when bytes are missing, `E_CORRUPT` when they are wrong. */
export interface Damage {
  readonly code: 'E_TRUNCATED' | 'E_CORRUPT';
  readonly reason: string;
}

const truncated = (reason: string): Damage => ({ code: 'E_TRUNCATED', reason });
const corrupt = (reason: string): Damage => ({ code: 'E_CORRUPT', reason });

/** Tells truncation from corruption after the decoder gave up with `message`. */
export function diagnose(bytes: Uint8Array, format: ImageFormat, message: string): Damage {
  const said = message.split('\n').filter(Boolean).at(-1)?.trim() ?? 'nothing';
  if (format === 'png') return diagnosePng(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), said);
  if (format === 'webp') {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (view.getUint32(4, true) + 8 > bytes.length)
      return truncated('the file is shorter than its header says.');
  }
  const detail = `the decoder says "${said}".`;
  return /premature|truncat|unexpected end|eof/i.test(message) ? truncated(detail) : corrupt(detail);
}

/** Walks the chunks of a PNG file (ISO/IEC 15948, section 5). */
function diagnosePng(bytes: Buffer, said: string): Damage {
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
      return truncated(
        data === 0
          ? 'it holds no pixel data.'
          : `its pixel data ends too early (the decoder says "${said}").`,
      );
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
