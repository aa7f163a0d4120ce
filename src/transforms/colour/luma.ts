import { channels, type Raster, type RasterData } from '../../core/sample.js';

/** Throws RangeError unless a raster has one channel or three. Returns whether it has three. */
export function isColour(raster: Raster): boolean {
  const count = channels(raster);
  if (count !== 1 && count !== 3) {
    throw new RangeError(`Expected 1 channel (grey) or 3 (RGB) but received ${count}.`);
  }
  return count === 3;
}

/**
 * Brightness of every pixel of an RGB raster (ITU-R 601): bytes to the bit as Pillow's conversion to L, floats with
 * torchvision's weights.
 */
export function luma({ data }: Raster): RasterData {
  const count = data.length / 3;
  if (!(data instanceof Uint8Array)) {
    const out = new Float32Array(count);
    for (let i = 0, at = 0; i < count; i++, at += 3) {
      out[i] = 0.2989 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
    }
    return out;
  }
  const out = new Uint8Array(count);
  for (let i = 0, at = 0; i < count; i++, at += 3) {
    out[i] = (data[at]! * 19595 + data[at + 1]! * 38470 + data[at + 2]! * 7471 + 0x8000) >> 16;
  }
  return out;
}
