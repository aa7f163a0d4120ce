import { type Patch, sourceOf, takeRegion } from '../../core/region.js';
import { picture, type Raster } from '../../core/sample.js';
import { pixelRoom } from '../../core/simd/resample-kernel.js';
import type { Rectangle, Region } from '../../core/transform.js';
import type { TurboJpeg } from '../../engine/turbojpeg.js';
import type { JpegFrame } from '../../engine/turbojpeg-library.js';
import type { LoadContext } from '../loader.js';
import { type ToSrgb, toSrgb } from './colour/to-srgb.js';
import { plainJpeg } from './jpeg-header.js';
import { checkSize, type Limits } from './limits.js';

let library: Promise<TurboJpeg | undefined> | undefined;

/** libjpeg-turbo, if it is there, else undefined. */
export function loadTurbo(): Promise<TurboJpeg | undefined> {
  library ??= import('../../engine/turbojpeg.js').then(({ turboJpeg }) => turboJpeg());
  return library;
}

/** Chroma at the edge of a part is interpolated without its neighbours; so far in, pixels are those of the whole. */
const MARGIN = 2;
/** `fast` decodes at a fraction of the size where the region still shrinks by at least this much afterwards. */
const REST = 2;

/**
 * Decodes a plain JPEG, or only the part that `region` asks for; undefined where the file is not plain or anything at
 * all is odd about it, for the general decoder to judge. The pixels are the general decoder's to the bit: both are
 * libjpeg-turbo with its exact inverse transform and smooth chroma, and convert colours by `toSrgb`. Under `fast`,
 * regions that shrink much are decoded at a fraction of their size.
 * @throws DecodeError E_TOO_LARGE, as the general decoder
 */
export function decodeJpeg(
  turbo: TurboJpeg,
  bytes: Uint8Array,
  name: string,
  limits: Limits,
  { region, room }: Pick<LoadContext, 'region' | 'room'> = {},
): { raster: Raster; taken: boolean } | undefined {
  const plain = admitJpeg(bytes, name, limits);
  if (plain === undefined) return undefined;
  const { width, height, convert } = plain;
  const wanted = region?.(height, width);
  try {
    const frame = turbo.frame(bytes);
    if (frame.width !== width || frame.height !== height) return undefined;
    if (wanted === undefined) {
      const data = new Uint8Array(width * height * 3);
      turbo.decode(bytes, { top: 0, left: 0, width, height }, frame, data);
      convert?.(data);
      return { raster: picture(data, height, width), taken: false };
    }
    const pixels = decodePart(turbo, bytes, frame, wanted, limits.resampler, convert);
    return { raster: takeRegion(pixels, wanted, limits.resampler, room), taken: true };
  } catch {
    return undefined;
  }
}

/** A JPEG that libjpeg-turbo may decode: its extents, and what brings its colours to sRGB where they are not. */
interface PlainJpeg {
  readonly width: number;
  readonly height: number;
  readonly convert?: ToSrgb | undefined;
}

/** What a plain JPEG says of itself; undefined for others. Throws DecodeError E_TOO_LARGE. */
export function admitJpeg(bytes: Uint8Array, name: string, limits: Limits): PlainJpeg | undefined {
  const header = plainJpeg(bytes);
  if (header === undefined) return undefined;
  const { width, height, progressive, profile } = header;
  checkSize({ width, height, isProgressive: progressive, format: 'jpeg' }, bytes, name, limits);
  if (profile === undefined) return { width, height };
  const convert = toSrgb(profile);
  return convert && { width, height, convert };
}

/** The pixels that a region needs, in the resampling kernel's own memory. */
function decodePart(
  turbo: TurboJpeg,
  bytes: Uint8Array,
  frame: JpegFrame,
  region: Region,
  resampler: 'exact' | 'fast',
  convert: ToSrgb | undefined,
): Patch {
  const { part, scale } = partOf(region, frame, resampler);
  const data = pixelRoom(part.width * part.height * 3);
  turbo.decode(bytes, part, frame, data, scale);
  convert?.(data);
  return { ...part, data, offset: 0, stride: part.width * 3, scale };
}

/** What is to be decoded of a picture for a region, at 1 / `scale` of its size. */
export function partOf(
  region: Region,
  frame: JpegFrame,
  resampler: 'exact' | 'fast',
): { readonly part: Rectangle; readonly scale: 1 | 2 | 4 | 8 } {
  const scale = resampler === 'fast' ? reduction(region) : 1;
  return { part: around(sourceOf(region), frame, scale), scale };
}

/** 1, 2, 4 or 8: how many pixels of the picture one of the decoded may stand for, along each side. */
function reduction({ height, width, size }: Region): 1 | 2 | 4 | 8 {
  const shrinks = Math.min(height / size.height, width / size.width);
  for (const scale of [8, 4, 2] as const) if (shrinks >= scale * REST) return scale;
  return 1;
}

/** The smallest part of the picture at 1 / `scale` of its size that can be decoded and holds a source with its margin. */
function around(source: Rectangle, frame: JpegFrame, scale: number): Rectangle {
  const unit = frame.unit / scale;
  const left = Math.floor(Math.max(0, Math.floor(source.left / scale) - MARGIN) / unit) * unit;
  const top = Math.max(0, Math.floor(source.top / scale) - MARGIN);
  const reaches = (end: number, whole: number) =>
    Math.min(Math.ceil(whole / scale), Math.ceil(end / scale) + MARGIN);
  const right = reaches(source.left + source.width, frame.width);
  const bottom = reaches(source.top + source.height, frame.height);
  return { top, left, width: right - left, height: bottom - top };
}
