import { takeRegion } from '../../core/region.js';
import { picture, type Raster } from '../../core/sample.js';
import type { Region } from '../../core/transform.js';
import type { JpegPart, TurboJpeg } from '../../engine/turbojpeg.js';
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

let scratch = new Uint8Array(0);

/**
 * Decodes a plain JPEG, or only the part that `region` asks for; undefined where the file is not plain or anything at
 * all is odd about it, for the general decoder to judge. The pixels are the general decoder's to the bit: both are
 * libjpeg-turbo with its exact inverse transform and smooth chroma.
 * @throws DecodeError E_TOO_LARGE, as the general decoder
 */
export function decodeJpeg(
  turbo: TurboJpeg,
  bytes: Uint8Array,
  name: string,
  limits: Limits,
  region: ((height: number, width: number) => Region | undefined) | undefined,
): { raster: Raster; taken: boolean } | undefined {
  const header = plainJpeg(bytes);
  if (header === undefined) return undefined;
  const { width, height, progressive } = header;
  checkSize({ width, height, isProgressive: progressive, format: 'jpeg' }, bytes, name, limits);
  const wanted = region?.(height, width);
  try {
    const frame = turbo.frame(bytes);
    if (frame.width !== width || frame.height !== height) return undefined;
    if (wanted === undefined) {
      const data = new Uint8Array(width * height * 3);
      turbo.decode(bytes, { top: 0, left: 0, width, height }, frame, data);
      return { raster: picture(data, height, width), taken: false };
    }
    const part = around(wanted, width, height, frame.unit);
    const length = part.width * part.height * 3;
    if (scratch.length < length) scratch = new Uint8Array(length);
    turbo.decode(bytes, part, frame, scratch);
    const pixels = {
      data: scratch,
      offset: 0,
      stride: part.width * 3,
      height: part.height,
      width: part.width,
    };
    const inside = { ...wanted, top: wanted.top - part.top, left: wanted.left - part.left };
    return { raster: takeRegion(pixels, inside, limits.resampler), taken: true };
  } catch {
    return undefined;
  }
}

/** The smallest part that can be decoded and holds a region with its margin. */
function around(region: Region, width: number, height: number, unit: number): JpegPart {
  const left = Math.floor(Math.max(0, region.left - MARGIN) / unit) * unit;
  const top = Math.max(0, region.top - MARGIN);
  const right = Math.min(width, region.left + region.width + MARGIN);
  const bottom = Math.min(height, region.top + region.height + MARGIN);
  return { top, left, width: right - left, height: bottom - top };
}
