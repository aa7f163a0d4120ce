/** What the markers before the first scan of a JPEG say (ITU-T T.81, annex B). */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** It must be decoded whole, in several passes: a progressive file, or one with a scan per channel. */
  readonly progressive: boolean;
  /** The colour profile (ICC), where there is one. */
  readonly profile?: Uint8Array;
}

const SOI = 0xd8;
const END = Buffer.from([0xff, 0xd9]);
const SOS = 0xda;
const BASELINE = 0xc0;
const PROGRESSIVE = 0xc2;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;

/** How far from the file's end its end marker may lie. */
const TAIL = 64;

/**
 * The header of a plain JPEG: baseline or progressive, 8 bits, grey or YCbCr, upright, with at most one colour profile
 * in one piece, and with its end marker.
 * Undefined for every other file, legal or broken: those are for a decoder that knows them all.
 */
export function plainJpeg(bytes: Uint8Array): JpegHeader | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.length < 64 || file.readUInt16BE(0) !== (0xff00 | SOI)) return undefined;
  const end = file.length - TAIL + file.subarray(-TAIL).lastIndexOf(END);
  if (end < file.length - TAIL) return undefined;
  let frame: JpegHeader | undefined;
  let grey = false;
  let profile: Uint8Array | undefined;
  for (let at = 2; at + 4 <= file.length; ) {
    if (file[at] !== 0xff) return undefined;
    const marker = file[at + 1]!;
    const length = file.readUInt16BE(at + 2);
    const body = file.subarray(at + 4, at + 2 + length);
    if (length < 2 || body.length !== length - 2) return undefined;
    if (marker === SOS) {
      if (frame === undefined || end < at || (profile !== undefined && grey)) return undefined;
      const progressive = frame.progressive || body[0] !== (grey ? 1 : 3);
      return { ...frame, progressive, ...(profile && { profile }) };
    }
    if (marker === APP2 && body.toString('latin1', 0, 11) === 'ICC_PROFILE') {
      if (profile !== undefined) return undefined;
      profile = wholeProfile(body);
      if (profile === undefined) return undefined;
    }
    if (marker === APP14 && body.toString('latin1', 0, 5) === 'Adobe' && body[11] !== 1) return undefined;
    if (marker === APP1 && body.toString('latin1', 0, 4) === 'Exif' && !isUpright(body.subarray(6)))
      return undefined;
    if (marker === BASELINE || marker === PROGRESSIVE) {
      const parts = body[5];
      if (body.length < 6 || body[0] !== 8 || (parts !== 1 && parts !== 3) || frame !== undefined)
        return undefined;
      grey = parts === 1;
      frame = {
        height: body.readUInt16BE(1),
        width: body.readUInt16BE(3),
        progressive: marker === PROGRESSIVE,
      };
      if (frame.height === 0 || frame.width === 0) return undefined;
    } else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return undefined; // lossless, arithmetic, hierarchical, …
    }
    at += 2 + length;
  }
  return undefined;
}

/** The profile in one piece, or undefined where it is a part of one. */
function wholeProfile(body: Buffer): Uint8Array | undefined {
  return body[12] === 1 && body[13] === 1 ? body.subarray(14) : undefined;
}

/** True where the first directory of Exif data (TIFF 6.0) gives no orientation, or 1. */
function isUpright(tiff: Buffer): boolean {
  if (tiff.length < 8) return false;
  const little = tiff.readUInt16BE(0) === 0x4949;
  const u16 = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const start = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (start + 2 > tiff.length) return false;
  const count = u16(start);
  if (start + 2 + count * 12 > tiff.length) return false;
  for (let entry = 0; entry < count; entry++) {
    const at = start + 2 + entry * 12;
    if (u16(at) === 0x0112) return u16(at + 8) <= 1; // 0 is none
  }
  return true;
}
