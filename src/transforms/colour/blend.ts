import type { Raster } from '../../core/sample.js';
import { clamp01, toByte, withData } from '../pixels.js';

/** `from + factor * (to - from)` of two bytes, in Pillow's single precision; factors beyond 0..1 extrapolate. */
export function blendByte(from: number, to: number, factor: number): number {
  return toByte(Math.fround(from + Math.fround(Math.fround(factor) * (to - from))));
}

/** Elements that share what remains of them, from which on a table of all bytes pays. */
const LONG = 1024;

/**
 * From what remains of a picture at factor 0 to the picture itself at factor 1 and beyond. Bytes as Pillow's
 * `Image.blend`, floats as torchvision's blend of tensors.
 *
 * @param degenerate what remains, in the picture's own units: one value for every `repeat` elements
 */
export function enhance(
  raster: Raster,
  degenerate: ArrayLike<number>,
  repeat: number,
  factor: number,
): Raster {
  const { data } = raster;
  const out = data.slice();
  const isBytes = data instanceof Uint8Array;
  const rest = 1 - factor;
  for (let group = 0, i = 0; i < data.length; group++) {
    const from = degenerate[group]!;
    if (isBytes && repeat >= LONG) {
      const table = Uint8Array.from({ length: 256 }, (_, value) => blendByte(from, value, factor));
      for (const end = i + repeat; i < end; i++) out[i] = table[data[i]!]!;
      continue;
    }
    for (const end = i + repeat; i < end; i++) {
      out[i] = isBytes ? blendByte(from, data[i]!, factor) : clamp01(data[i]! * factor + from * rest);
    }
  }
  return withData(raster, out);
}
