import { takeRegion } from '../../core/region.js';
import { extentsOf, fitRegion, wholeOf } from '../../core/regions.js';
import { picture, type Raster } from '../../core/sample.js';
import type { JpegCodec } from '../../engine/jpeg-codec.js';
import { decodeImage } from './image.js';
import { admitJpeg, partOf } from './jpeg.js';
import { admit, DEFAULTS, type ImageOptions, type Limits } from './limits.js';
import { readCapped } from './read.js';

let library: Promise<JpegCodec | undefined> | undefined;

/** libjpeg-turbo for work beside this thread, if it is there, else undefined. */
export function loadJpegCodec(): Promise<JpegCodec | undefined> {
  library ??= import('../../engine/jpeg-codec.js').then(({ jpegCodec }) => jpegCodec());
  return library;
}

/** Memory that pictures were decoded into, for the next ones: new memory costs as much as a quarter of the decoding. */
const rooms: Uint8Array[] = [];
const MOST_ROOMS = 8;
const LARGEST_ROOM = 1 << 23;

/**
 * A picture of H x W x 3 bytes from a file, brought to `resize`, as `decodeImage` gives it but for roundings. Plain JPEGs
 * are decoded by libjpeg-turbo where it is installed, outside of this thread, and only the part that is wanted; `fast`
 * decodes large ones at a fraction of their size. Everything else is for `decodeImage`, which see for what is refused.
 */
export async function decodeBeside(file: string, options: ImageOptions): Promise<Raster> {
  const codec = await loadJpegCodec();
  if (codec === undefined) return (await decodeImage(file, options)).raster;
  const limits: Limits = { ...DEFAULTS, ...options };
  limits.signal?.throwIfAborted();
  const bytes = await readCapped(file, limits);
  const raster =
    admit(bytes, file, limits) === 'jpeg' ? await decodeJpegBeside(codec, bytes, file, limits) : undefined;
  return raster ?? (await decodeImage({ bytes, name: file }, options)).raster;
}

/** Undefined where the file is not plain or anything at all is odd about it. Throws DecodeError E_TOO_LARGE. */
async function decodeJpegBeside(
  codec: JpegCodec,
  bytes: Uint8Array,
  name: string,
  limits: Limits,
): Promise<Raster | undefined> {
  const plain = admitJpeg(bytes, name, limits);
  if (plain === undefined) return undefined;
  const { width, height, convert } = plain;
  let jpeg: ReturnType<JpegCodec['open']> | undefined;
  try {
    jpeg = codec.open(bytes);
    if (jpeg.frame.width !== width || jpeg.frame.height !== height) return undefined;
    if (limits.resize === undefined) {
      const data = new Uint8Array(width * height * 3);
      await jpeg.decode(wholeOf(height, width), data, 1);
      convert?.(data);
      return picture(data, height, width);
    }
    const region = fitRegion(height, width, limits.resize);
    const extents = extentsOf(region);
    if (extents.height * extents.width > limits.maxPixels) return undefined;
    const { part, scale } = partOf(region, jpeg.frame, limits.resampler);
    const length = part.width * part.height * 3;
    const room = takeRoom(length);
    const data = room.subarray(0, length);
    await jpeg.decode(part, data, scale);
    convert?.(data);
    const pixels = { ...part, data, offset: 0, stride: part.width * 3, scale };
    const raster = takeRegion(pixels, region, limits.resampler);
    giveRoom(room);
    return raster;
  } catch {
    return undefined;
  } finally {
    jpeg?.close();
  }
}

function takeRoom(bytes: number): Uint8Array {
  const room = rooms.pop();
  return room !== undefined && room.length >= bytes ? room : new Uint8Array(bytes);
}

function giveRoom(room: Uint8Array): void {
  if (room.length <= LARGEST_ROOM && rooms.length < MOST_ROOMS) rooms.push(room);
}
