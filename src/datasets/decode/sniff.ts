/** Picture formats that can be decoded, told by content, never by name. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff';

/** Bytes at the start in hexadecimal. */
const SIGNATURES: readonly (readonly [ImageFormat, RegExp])[] = [
  ['jpeg', /^ffd8/],
  ['png', /^89504e470d0a1a0a/],
  ['webp', /^52494646.{8}57454250/], // RIFF, length, WEBP
  ['gif', /^47494638(?:37|39)61/],
  ['tiff', /^(?:4949(?:2a|2b)00|4d4d00(?:2a|2b))/],
];

const STRANGERS: readonly (readonly [RegExp, string])[] = [
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer (fetch the file itself with "git lfs pull")'],
  [/^\s*(?:<!doctype html|<html)/i, 'an HTML page (a failed download?)'],
  [/^\s*(?:<\?xml.*?)?<svg/is, 'an SVG drawing'],
  [/^.{4}ftyp/s, 'a HEIF, AVIF or video file'],
  [/^BM/, 'a BMP picture'],
  [/^%PDF/, 'a PDF document'],
];

/** Format of a file by its first bytes, or undefined. */
export function sniff(bytes: Uint8Array): ImageFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16)).toString('hex');
  return SIGNATURES.find(([, pattern]) => pattern.test(head))?.[0];
}

/** What a file that is no known picture seems to be, for messages. */
export function describeStranger(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 256)).toString('latin1');
  return STRANGERS.find(([pattern]) => pattern.test(head))?.[1] ?? 'no known picture format';
}
