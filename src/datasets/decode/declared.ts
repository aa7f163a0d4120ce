import type { ImageFormat } from './sniff.js';

/** Sides as stored, before any turn. */
interface Size {
  readonly width: number;
  readonly height: number;
}

const START_OF_FRAME = new Set([
  0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf,
]);
const MOST_SIDE = 0x7fffffff; // of PNG

/**
 * The sides that the header of a PNG or JPEG file claims, read without a decoder: those refuse the largest sizes in
 * words that do not say so. Undefined where it claims none, or impossible ones, and for other formats.
 */
export function declaredSize(bytes: Uint8Array, format: ImageFormat): Size | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = format === 'png' ? ofPng(file) : format === 'jpeg' ? ofJpeg(file) : undefined;
  if (size === undefined || size.width === 0 || size.height === 0) return undefined;
  return Math.max(size.width, size.height) > MOST_SIDE ? undefined : size;
}

function ofPng(file: Buffer): Size | undefined {
  if (file.length < 24 || file.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { width: file.readUInt32BE(16), height: file.readUInt32BE(20) };
}

function ofJpeg(file: Buffer): Size | undefined {
  for (let at = 2; at + 9 <= file.length && file[at] === 0xff; ) {
    const marker = file[at + 1]!;
    if (marker === 0xff)
      at++; // padding
    else if (START_OF_FRAME.has(marker))
      return { height: file.readUInt16BE(at + 5), width: file.readUInt16BE(at + 7) };
    else at += 2 + Math.max(2, file.readUInt16BE(at + 2));
  }
  return undefined;
}
