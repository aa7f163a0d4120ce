import type { Raster } from '../../core/sample.js';
import { frameLength, pointwise, white } from '../pixels.js';
import { blendByte, enhance } from './blend.js';
import { shiftHue } from './hue.js';
import { isColour, luma } from './luma.js';

/** The adjustments of torchvision's ColorJitter. */
export type Adjustment = 'brightness' | 'contrast' | 'saturation' | 'hue';

/** Adjusts every pixel; factor 1 (hue: 0 turns) changes nothing. Bytes to the bit as Pillow, floats as torch. */
export function adjust(raster: Raster, kind: Adjustment, factor: number): Raster {
  white(raster.data);
  return ADJUSTMENTS[kind](raster, factor);
}

const ADJUSTMENTS: Readonly<Record<Adjustment, (raster: Raster, factor: number) => Raster>> = {
  brightness: (raster, factor) =>
    pointwise(
      raster,
      (value) => blendByte(0, value, factor),
      (value) => value * factor,
    ),
  contrast: (raster, factor) => enhance(raster, frameMeans(raster), frameLength(raster), factor),
  saturation: (raster, factor) => (isColour(raster) ? enhance(raster, luma(raster), 3, factor) : raster),
  hue: shiftHue,
};

/** Mean brightness of each frame; of bytes rounded to a byte. */
function frameMeans(raster: Raster): number[] {
  const isBytes = raster.data instanceof Uint8Array;
  const grey = isColour(raster) ? luma(raster) : raster.data;
  const frames = raster.data.length / frameLength(raster);
  const length = grey.length / frames;
  return Array.from({ length: frames }, (_, frame) => {
    let sum = 0;
    for (let i = frame * length; i < (frame + 1) * length; i++) sum += grey[i]!;
    return isBytes ? Math.floor(sum / length + 0.5) : sum / length;
  });
}
