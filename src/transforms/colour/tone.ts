import type { Raster } from '../../core/sample.js';
import { pointwise } from '../pixels.js';

/** The negative. */
export function invert(raster: Raster): Raster {
  return pointwise(
    raster,
    (value) => 255 - value,
    (value) => 1 - value,
  );
}

/** Keeps the upper `bits` of every 8-bit value; floats fall to one of 2^bits levels, as in torchvision. */
export function posterize(raster: Raster, bits: number): Raster {
  const levels = 2 ** bits;
  return pointwise(
    raster,
    (value) => value & ~(2 ** (8 - bits) - 1),
    (value) => Math.max(0, Math.min(levels - 1, Math.floor(value * levels))) / levels,
  );
}

/** Inverts what is as bright as `threshold` (0..1 of white) or brighter. */
export function solarize(raster: Raster, threshold: number): Raster {
  return pointwise(
    raster,
    (value) => (value < threshold * 255 ? value : 255 - value),
    (value) => (value < threshold ? value : 1 - value),
  );
}
