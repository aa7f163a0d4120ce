import { stat } from 'node:fs/promises';
import { DecodeError } from '../../core/errors.js';
import type { Fit } from '../../core/geometry.js';
import { takeRegion } from '../../core/region.js';
import { fitRegion } from '../../core/regions.js';
import { decodeImage, type ImageOptions } from '../../datasets/decode/image.js';
import { decodeBeside, loadJpegCodec } from '../../datasets/decode/jpeg-beside.js';
import { jpegSizeNow } from '../../datasets/decode/jpeg-size.js';
import { loadSharp } from '../../datasets/decode/sharp.js';
import type { Refusal } from '../dataset/manifest.js';
import type { Picture } from '../painting/painter.js';
import type { Recipe } from '../plan/recipe.js';

/** How an output is written. */
export type Encoding = Pick<Recipe, 'image' | 'quality'>;

const FORMATS: readonly string[] = ['jpeg', 'png', 'webp'];
const THUMBNAIL = 160;
const PATIENCE = 120_000; // milliseconds

/** Decodes a file: upright, sRGB, opaque, brought to `fit`. Throws `DecodeError`. */
export async function loadPicture(
  file: string,
  fit: Fit | undefined,
  signal?: AbortSignal,
): Promise<Picture> {
  const options: ImageOptions = {
    resampler: 'fast',
    ...(fit === undefined ? {} : { resize: fit }),
    ...(signal === undefined ? {} : { signal }),
  };
  const raster = await decodeBeside(file, options).catch(async (error: unknown) => {
    // A machine that was busy or asleep must not decide what is in the dataset: slow pictures get a second, long try.
    if (!(error instanceof DecodeError) || error.code !== 'E_TIMEOUT') throw error;
    return (await decodeImage(file, { ...options, timeout: PATIENCE })).raster;
  });
  const [height, width] = raster.shape;
  if (!(raster.data instanceof Uint8Array))
    throw new DecodeError('E_FORMAT', file, 'expected bytes of pixels.');
  return { width: width!, height: height!, data: raster.data };
}

/**
 * Upright size and bytes of a picture file from its header alone. What the header cannot settle is decoded in full, so
 * that a refusal has the code that decoding gives. Throws `DecodeError`.
 */
export async function probePicture(
  file: string,
  signal?: AbortSignal,
): Promise<{ width: number; height: number; bytes: number }> {
  const plain = jpegSizeNow(file);
  if (plain !== undefined) return plain;
  const sharp = await loadSharp();
  const header = await sharp(file, { limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  if (header === undefined || !FORMATS.includes(header.format)) {
    const { width, height } = await loadPicture(file, undefined, signal);
    return { width, height, bytes: (await stat(file)).size };
  }
  const { width, height } = header.autoOrient;
  return { width, height, bytes: (await stat(file)).size };
}

/** The bytes of an output file; the same pixels always give the same bytes (of one encoder, see {@link jpegEncoder}). */
export async function encodePicture(picture: Picture, encoding: Encoding): Promise<Uint8Array> {
  if (encoding.image === 'png') return (await open(picture)).png({ compressionLevel: 6 }).toBuffer();
  return encodeJpeg(picture, encoding.quality, '444');
}

/** A small JPEG of at most 160 x 160 pixels, as base64. */
export async function thumbnail({ data, width, height }: Picture): Promise<string> {
  const fit = { fit: 'contain', width: THUMBNAIL, height: THUMBNAIL } as const;
  const region = fitRegion(height, width, Math.max(width, height) > THUMBNAIL ? fit : undefined);
  const pixels = { data, offset: 0, stride: width * 3, width, height };
  const small = takeRegion(pixels, region, 'fast');
  const [tall, wide] = small.shape;
  const picture = { width: wide!, height: tall!, data: small.data as Uint8Array };
  return Buffer.from(await encodeJpeg(picture, 82, '420')).toString('base64');
}

/** What decodes and writes plain JPEGs here; part of what decides a dataset's bytes. */
export async function jpegEncoder(): Promise<'libjpeg-turbo' | 'libvips'> {
  return (await loadJpegCodec()) === undefined ? 'libvips' : 'libjpeg-turbo';
}

/** By libjpeg-turbo itself where it is installed: sharp takes six times as long for pictures of 224 pixels. */
async function encodeJpeg(picture: Picture, quality: number, chroma: '444' | '420'): Promise<Uint8Array> {
  const codec = await loadJpegCodec();
  if (codec !== undefined) return codec.encode(picture.data, picture, quality, chroma);
  const chromaSubsampling = chroma === '444' ? '4:4:4' : '4:2:0';
  return (await open(picture)).jpeg({ quality, chromaSubsampling }).toBuffer();
}

async function open({ data, width, height }: Picture) {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/**
 * The quarantine record of an input that could not be decoded, in words that do not depend on where its folder lies.
 * What is not the picture's fault (the disk, the process's limits) is thrown again: it must not shape the dataset.
 */
export function refusalOf(error: unknown, role: Refusal['role'], key: string, file: string): Refusal {
  if (!(error instanceof DecodeError) || error.code === 'E_READ') throw error;
  return { role, path: key, code: error.code, message: error.message.replaceAll(file, key), outputs: [] };
}
