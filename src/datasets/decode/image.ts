import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { Metadata, Sharp as SharpInstance } from 'sharp';
import { DecodeError } from '../../core/errors.js';
import { planFit } from '../../core/geometry.js';
import { resample } from '../../core/resample.js';
import { picture, type Raster } from '../../core/sample.js';
import { type ToSrgb, toSrgb } from './colour/to-srgb.js';
import { type Damage, diagnose } from './damage.js';
import { declaredSize } from './declared.js';
import { to8bit } from './depth.js';
import { admit, checkSize, DEFAULTS, type ImageOptions, type Limits } from './limits.js';
import { readCapped } from './read.js';
import { loadSharp, type Sharp } from './sharp.js';
import type { ImageFormat } from './sniff.js';
import { withinTime } from './time.js';

export type { ImageOptions } from './limits.js';

/** What the file said about itself, for manifests. Sizes are those after turning upright. */
export interface ImageSource {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
  /** Colour space of the file: 'srgb', 'b-w', 'cmyk', 'rgb16', … */
  readonly space: string;
  readonly orientation: number;
  readonly alpha: boolean;
  readonly profile: boolean;
  /** Frames or pages. */
  readonly pages: number;
}

/** A picture of H x W x 3 bytes: upright, sRGB, opaque. */
export interface DecodedImage {
  readonly raster: Raster;
  readonly source: ImageSource;
}

/** Pictures in work at once: bounds memory and open files, and lets each one's clock start when its work does. */
const slots = pLimit(Math.max(8, availableParallelism()));

/**
 * Decodes a file, or bytes that `name` speaks for in messages. Throws DecodeError with a stable code: E_EMPTY,
 * E_FORMAT (no picture, or a format that is not let in), E_TRUNCATED, E_CORRUPT, E_TOO_LARGE, E_TIMEOUT, E_PATH, E_READ;
 * rejects with the signal's reason when aborted. Any number may be asked for at once; a few run at a time.
 */
export async function decodeImage(
  input: string | { readonly bytes: Uint8Array; readonly name: string },
  options: ImageOptions = {},
): Promise<DecodedImage> {
  const limits: Limits = { ...DEFAULTS, ...options };
  limits.signal?.throwIfAborted();
  const name = typeof input === 'string' ? input : input.name;
  const late = () =>
    new DecodeError('E_TIMEOUT', name, `it took longer than ${limits.timeout} ms (timeout).`);
  const sharp = await loadSharp();
  return slots(() => {
    limits.signal?.throwIfAborted();
    return withinTime(limits.timeout, late, limits.signal, async () => {
      const bytes = typeof input === 'string' ? await readCapped(input, limits) : input.bytes;
      return decodeBytes(sharp, bytes, name, limits);
    });
  });
}

async function decodeBytes(
  sharp: Sharp,
  bytes: Uint8Array,
  name: string,
  limits: Limits,
): Promise<DecodedImage> {
  const format = admit(bytes, name, limits);
  const declared = declaredSize(bytes, format);
  if (declared !== undefined) checkSize({ ...declared, isProgressive: false, format }, bytes, name, limits);
  const broken = (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    if (/timeout/i.test(message))
      return new DecodeError('E_TIMEOUT', name, 'decoding took too long (timeout).');
    const damage: Damage = diagnose(bytes, format);
    return new DecodeError(damage.code, name, damage.reason, { cause: error });
  };
  const unlimited = sharp(bytes, { failOn: 'warning', limitInputPixels: false });
  const header = await unlimited.metadata().catch((error: unknown) => {
    throw broken(error);
  });
  checkSize(header, bytes, name, limits);
  limits.signal?.throwIfAborted();
  const { width, height } = header.autoOrient;
  const convert = ownConversion(header, limits);
  const open = { failOn: 'warning', limitInputPixels: limits.maxPixels, autoOrient: true } as const;
  const ignoreIcc = convert !== undefined || isForeignProfile(header);
  const image = sharp(bytes, { ...open, ignoreIcc });
  const raster = await pixels(image, header, limits, convert).catch((error: unknown) => {
    throw error instanceof RangeError ? new DecodeError('E_TOO_LARGE', name, error.message) : broken(error);
  });
  return {
    raster,
    source: {
      format,
      width,
      height,
      space: header.space,
      orientation: header.orientation ?? 1,
      alpha: header.hasAlpha,
      profile: header.hasProfile,
      pages: header.pages ?? 1,
    },
  };
}

/** Colours of opaque 8-bit RGB are converted here, as on the fast path for JPEG, where the profile allows it. */
function ownConversion(
  { icc, space, depth, hasAlpha, channels }: Metadata,
  limits: Limits,
): ToSrgb | undefined {
  const plain = space === 'srgb' && depth === 'uchar' && !hasAlpha && channels === 3;
  return icc !== undefined && plain && limits.resampler === 'exact' ? toSrgb(icc) : undefined;
}

/** A profile in an RGB file that is for other values than RGB: libvips would convert by it all the same. */
function isForeignProfile({ icc, space }: Metadata): boolean {
  const isRgb = space === 'srgb' || space === 'rgb16';
  return isRgb && icc !== undefined && icc.toString('latin1', 16, 20) !== 'RGB ';
}

async function pixels(
  image: SharpInstance,
  header: Metadata,
  limits: Limits,
  convert: ToSrgb | undefined,
): Promise<Raster> {
  const { width, height } = header.autoOrient;
  const fit = limits.resize === undefined ? undefined : planFit(height, width, limits.resize);
  if (fit !== undefined && fit.height * fit.width > limits.maxPixels) {
    throw new RangeError(
      `resizing gives ${fit.width}x${fit.height} pixels; the limit is ${limits.maxPixels} (maxPixels).`,
    );
  }
  image.timeout({ seconds: Math.min(3600, Math.ceil(limits.timeout / 1000)) });
  const deep = header.depth !== 'uchar';
  // libvips enlarges by another rule (half a pixel off), so only shrinking is left to it.
  const smaller = fit !== undefined && fit.x.size <= width && fit.y.size <= height;
  const shrink = smaller && limits.resampler === 'fast' && !deep;
  if (shrink) {
    image.resize(fit.x.size, fit.y.size, { fit: 'fill', kernel: 'linear' });
    const [left, top] = [fit.x.window?.start ?? 0, fit.y.window?.start ?? 0];
    image.extract({ left, top, width: fit.width, height: fit.height });
  }
  const full = deep ? await to8bit(image, header, limits.background) : await rgb(image, limits.background);
  convert?.(full.data as Uint8Array);
  return fit === undefined || shrink ? full : resample(full, { y: fit.y, x: fit.x });
}

async function rgb(image: SharpInstance, [r, g, b]: readonly [number, number, number]): Promise<Raster> {
  const flat = image.flatten({ background: { r, g, b } }).toColourspace('srgb').raw();
  const { data, info } = await flat.toBuffer({ resolveWithObject: true });
  return picture(new Uint8Array(data.buffer, data.byteOffset, data.length), info.height, info.width);
}
