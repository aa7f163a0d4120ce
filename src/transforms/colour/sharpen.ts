import type { Raster } from '../../core/sample.js';
import { planes, white } from '../pixels.js';
import { enhance } from './blend.js';

/**
 * From smoothed (factor 0) over unchanged (1) to sharpened (above), as Pillow's `ImageEnhance.Sharpness`: neighbours
 * weigh 1 and the pixel itself 5; edge pixels stay as they are.
 */
export function sharpen(raster: Raster, factor: number): Raster {
  white(raster.data);
  const { height, width } = planes(raster);
  if (height <= 2 || width <= 2) return raster;
  return enhance(raster, smoothed(raster), 1, factor);
}

function smoothed(raster: Raster): Raster['data'] {
  const { data } = raster;
  const { count, height, width, channels } = planes(raster);
  const out = data.slice();
  const row = width * channels;
  const half = data instanceof Uint8Array ? 0.5 : 0;
  for (let plane = 0; plane < count; plane++) {
    for (let y = 1; y < height - 1; y++) {
      const first = (plane * height + y) * row;
      for (let i = first + channels; i < first + row - channels; i++) {
        const [up, down] = [i - row, i + row];
        const sides = data[i - channels]! + data[i + channels]! + data[up]! + data[down]!;
        const corners =
          data[up - channels]! + data[up + channels]! + data[down - channels]! + data[down + channels]!;
        const mean = (sides + corners + 5 * data[i]!) / 13;
        out[i] = half === 0 ? mean : Math.floor(mean + half);
      }
    }
  }
  return out;
}
