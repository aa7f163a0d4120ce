import type { Metadata } from 'sharp';
import { DecodeError } from '../../core/errors.js';
import type { Fit } from '../../core/geometry.js';
import { describeStranger, type ImageFormat, sniff } from './sniff.js';

/** What may come in and what goes out. Every limit is checked before a pixel is decoded. */
export interface ImageOptions {
  /** Formats that are let in, told by content. JPEG, PNG and WebP unless told; of animations the first frame is used. */
  readonly formats?: readonly ImageFormat[];
  /** Largest file, 64 MiB unless told. */
  readonly maxBytes?: number;
  /** Most pixels, 64 million unless told. */
  readonly maxPixels?: number;
  /** Longest side, 32,768 unless told. */
  readonly maxSide?: number;
  /** Most pixels of an interlaced or progressive file, which must be held whole: 32 million unless told. */
  readonly maxProgressivePixels?: number;
  /** Milliseconds for one picture, 10,000 unless told. */
  readonly timeout?: number;
  /** Transparent pixels are laid over this sRGB colour; white unless told. */
  readonly background?: readonly [number, number, number];
  /** Size of the result; the picture's own unless told. */
  readonly resize?: Fit;
  /**
   * `exact` resamples like Pillow's bilinear antialiasing, to the last bit; `fast` lets libvips shrink while it
   * decodes, a few levels off, without using this thread. `exact` unless told.
   */
  readonly resampler?: 'exact' | 'fast';
  /** Refuse a symbolic link in the last part of the path. */
  readonly noFollow?: boolean;
  readonly signal?: AbortSignal;
}

/** What {@link ImageOptions} says where nothing is told. */
export const DEFAULTS = {
  formats: ['jpeg', 'png', 'webp'],
  maxBytes: 64 * 1024 * 1024,
  maxPixels: 64_000_000,
  maxSide: 32_768,
  maxProgressivePixels: 32_000_000,
  timeout: 10_000,
  background: [255, 255, 255],
  resampler: 'exact',
} as const satisfies ImageOptions;

/** Options with their defaults filled in. */
export type Limits = ImageOptions & Required<Pick<ImageOptions, keyof typeof DEFAULTS>>;

const MAX_SCANS = 100; // of a progressive JPEG; encoders write about ten

/** Format of a file that may be opened. Throws DecodeError: E_EMPTY, E_TOO_LARGE, E_FORMAT. */
export function admit(bytes: Uint8Array, name: string, { formats, maxBytes }: Limits): ImageFormat {
  if (bytes.length === 0) throw new DecodeError('E_EMPTY', name, 'the file is empty.');
  if (bytes.length > maxBytes) {
    throw new DecodeError(
      'E_TOO_LARGE',
      name,
      `it has ${bytes.length} bytes; the limit is ${maxBytes} (maxBytes).`,
    );
  }
  const format = sniff(bytes);
  const expected = `expected ${formats.join(', ')}`;
  if (format === undefined)
    throw new DecodeError('E_FORMAT', name, `${expected} but it is ${describeStranger(bytes)}.`);
  if (!formats.includes(format)) {
    throw new DecodeError(
      'E_FORMAT',
      name,
      `${expected} but it is ${format}; allow it by the option formats.`,
    );
  }
  return format;
}

/** Refuses, by its header alone, what would take too much memory. Throws DecodeError: E_TOO_LARGE. */
export function checkSize(
  header: Pick<Metadata, 'width' | 'height' | 'isProgressive' | 'format'>,
  bytes: Uint8Array,
  name: string,
  limits: Limits,
): void {
  const { width, height } = header;
  const refuse = (what: string, limit: number, option: string) => {
    const reason = `its header says ${width}x${height} pixels; the limit is ${limit} ${what} (${option}).`;
    throw new DecodeError('E_TOO_LARGE', name, reason);
  };
  if (Math.max(width, height) > limits.maxSide) refuse('a side', limits.maxSide, 'maxSide');
  if (width * height > limits.maxPixels) refuse('pixels', limits.maxPixels, 'maxPixels');
  if (!header.isProgressive) return;
  if (width * height > limits.maxProgressivePixels) {
    refuse('pixels for progressive files', limits.maxProgressivePixels, 'maxProgressivePixels');
  }
  if (header.format === 'jpeg' && scans(bytes) > MAX_SCANS) {
    throw new DecodeError('E_TOO_LARGE', name, `it has more than ${MAX_SCANS} scans.`);
  }
}

/** Start-of-scan markers; entropy-coded data never contains them. */
function scans(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let count = 0;
  for (let at = buffer.indexOf('ffda', 0, 'hex'); at >= 0; at = buffer.indexOf('ffda', at + 2, 'hex'))
    count++;
  return count;
}
