import { axisIndex, channels, extent, type Raster, type RasterData } from '../core/sample.js';

/** A raster seen as pictures: `count` planes of rows and columns, one behind the other in its data. */
export interface Planes {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The planes of a raster whose last two axes are y and x; throws RangeError for any other. */
export function planes(raster: Raster): Planes {
  const { axes } = raster;
  if (axes.at(-2) !== 'y' || axes.at(-1) !== 'x') {
    throw new RangeError(`Expected a raster whose last axes are y and x but received axes ${axes.join('')}.`);
  }
  const [height, width, depth] = [extent(raster, 'y'), extent(raster, 'x'), channels(raster)];
  return { count: raster.data.length / (height * width * depth), height, width, channels: depth };
}

/**
 * How many values belong together for statistics (mean, histogram): one frame of a clip, the whole of a picture or a
 * volume, whose slices must not be treated differently. Data is a row of such frames.
 */
export function frameLength(raster: Raster): number {
  const frames = axisIndex(raster, 't') === 0 ? extent(raster, 't') : 1;
  return raster.data.length / frames;
}

/** The value of white: 255 for bytes, 1 for floats. Throws TypeError for 16-bit data, which has no white. */
export function white(data: RasterData): 255 | 1 {
  if (data instanceof Int16Array) {
    throw new TypeError(
      'Expected bytes or floats from 0 to 1 but received 16-bit values; window them first.',
    );
  }
  return data instanceof Uint8Array ? 255 : 1;
}

/** The raster with other values in the same places. */
export function withData(raster: Raster, data: RasterData): Raster {
  return { ...raster, data };
}

/**
 * Every value by itself: bytes through a table of `bytes(0)`…`bytes(255)`, whole numbers from 0 to 255; floats
 * through `floats`, clamped to 0..1.
 */
export function pointwise(
  raster: Raster,
  bytes: (value: number) => number,
  floats: (value: number) => number,
): Raster {
  const { data } = raster;
  white(data);
  const out = data.slice();
  if (data instanceof Uint8Array) {
    const table = Uint8Array.from({ length: 256 }, (_, value) => bytes(value));
    for (let i = 0; i < data.length; i++) out[i] = table[data[i]!]!;
  } else for (let i = 0; i < data.length; i++) out[i] = clamp01(floats(data[i]!));
  return withData(raster, out);
}

/** Into [0, 1]. */
export function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Into [0, 255], fractions cut off: how C converts a clamped float to a byte. */
export function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}
