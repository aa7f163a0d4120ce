import { axisWeights } from './filters.js';
import { cut } from './kernel.js';
import { passes, resample } from './resample.js';
import { picture, type Raster } from './sample.js';
import { type Pass, type Pixels, resamplePixels } from './simd/resample-kernel.js';
import type { Region } from './transform.js';

/**
 * The part of RGB pixels that `region` names, resampled. `exact`: to the bit what cutting and `resample` give; `fast`:
 * rows first and with 14-bit weights, at most 2 levels off.
 */
export function takeRegion(pixels: Pixels, region: Region, resampler: 'exact' | 'fast' = 'exact'): Raster {
  const { top, left, height, width, size, filter } = region;
  if (top < 0 || left < 0 || top + height > pixels.height || left + width > pixels.width) {
    throw new RangeError(
      `Expected a region inside ${pixels.height}x${pixels.width} but received ${height}x${width} at ${top}, ${left}.`,
    );
  }
  const offset = pixels.offset + top * pixels.stride + left * 3;
  const part = { ...pixels, offset, height, width };
  if (filter === 'nearest') {
    const whole = picture(copy(part), height, width);
    return resample(cut(whole, {}), { y: { size: size.height }, x: { size: size.width } }, filter);
  }
  const extents = { y: height, x: width };
  const sizes = { y: size.height, x: size.width };
  const order = resampler === 'fast' ? (['y', 'x'] as const) : passes(extents, sizes);
  const steps = order
    .filter((axis) => extents[axis] !== sizes[axis])
    .map((axis): Pass => {
      const extent = extents[axis];
      return {
        axis,
        plan: axisWeights({ start: 0, end: extent, extent }, sizes[axis], 0, sizes[axis], filter),
      };
    });
  const data = steps.length === 0 ? copy(part) : resamplePixels(part, steps, resampler === 'exact');
  return picture(data, size.height, size.width);
}

function copy({ data, offset, stride, height, width }: Pixels): Uint8Array {
  const out = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    const from = offset + y * stride;
    out.set(data.subarray(from, from + width * 3), y * width * 3);
  }
  return out;
}
