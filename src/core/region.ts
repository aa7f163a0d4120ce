import { reach } from './filters.js';
import { keptWeights } from './kept-weights.js';
import { extentsOf } from './regions.js';
import { passes } from './resample.js';
import { picture, type Raster } from './sample.js';
import { type Pass, type Pixels, resamplePixels } from './simd/resample-kernel.js';
import type { Rectangle, Region } from './transform.js';

/**
 * Pixels of a picture; `top` and `left` tell where the first of them lies in it, 0 unless told. With a `scale`, of the
 * picture at 1 / `scale` of its size.
 */
export interface Patch extends Pixels {
  readonly top?: number;
  readonly left?: number;
  readonly scale?: number;
}

/** The pixels that the result of a region depends on. */
export function sourceOf(region: Region): Rectangle {
  const { top, left, height, width, size, window, filter } = region;
  if (window === undefined) return { top, left, height, width };
  const y = reach(height, size.height, window.top, window.height, filter);
  const x = reach(width, size.width, window.left, window.width, filter);
  return { top: top + y.start, left: left + x.start, height: y.length, width: x.length };
}

/**
 * The part of RGB pixels that `region` names, resampled. `exact`: to the bit what cutting and `resample` give; `fast`:
 * in the order that is quicker and with 14-bit weights, at most 2 levels off.
 * @param room gives memory for the result's bytes; new memory unless told
 * @throws RangeError where the pixels do not hold what the region needs
 */
export function takeRegion(
  pixels: Patch,
  region: Region,
  resampler: 'exact' | 'fast' = 'exact',
  room?: (bytes: number) => Uint8Array | undefined,
): Raster {
  const { scale = 1 } = pixels;
  const source = reduced(sourceOf(region), scale);
  const top = source.top - (pixels.top ?? 0);
  const left = source.left - (pixels.left ?? 0);
  if (top < 0 || left < 0 || top + source.height > pixels.height || left + source.width > pixels.width) {
    throw new RangeError(
      `Expected a region inside ${pixels.height}x${pixels.width} but received ${source.height}x${source.width} at ${top}, ${left}.`,
    );
  }
  const part: Pixels = {
    data: pixels.data,
    offset: pixels.offset + top * pixels.stride + left * 3,
    stride: pixels.stride,
    height: source.height,
    width: source.width,
  };
  const { height, width } = extentsOf(region);
  const steps = plan(region, source, resampler, scale);
  const out = room?.(height * width * 3);
  const data = steps.length === 0 ? copy(part, out) : resamplePixels(part, steps, resampler === 'exact', out);
  return picture(data, height, width);
}

/** The smallest rectangle of a picture at 1 / `scale` of its size that covers one of the picture. */
function reduced({ top, left, height, width }: Rectangle, scale: number): Rectangle {
  const [first, start] = [Math.floor(top / scale), Math.floor(left / scale)];
  return {
    top: first,
    left: start,
    height: Math.ceil((top + height) / scale) - first,
    width: Math.ceil((left + width) / scale) - start,
  };
}

function plan(region: Region, source: Rectangle, resampler: 'exact' | 'fast', scale: number): Pass[] {
  const { size, window, filter, mirrored = false } = region;
  const whole = reduced(region, scale);
  const order =
    resampler === 'fast'
      ? quicker(source, extentsOf(region))
      : passes({ y: region.height, x: region.width }, { y: size.height, x: size.width });
  return order.flatMap((axis): Pass[] => {
    const [start, length] = axis === 'y' ? (['top', 'height'] as const) : (['left', 'width'] as const);
    const same = scale === 1 && region[length] === size[length];
    const flip = axis === 'x' && mirrored;
    if (same && !flip) return [];
    const from = region[start] / scale - whole[start];
    const span = { start: from, end: from + region[length] / scale, extent: whole[length] };
    const kept = [window?.[start] ?? 0, window?.[length] ?? size[length]] as const;
    const weights = keptWeights(span, size[length], ...kept, same ? 'nearest' : filter);
    return [{ axis, plan: weights, shift: source[start] - whole[start], mirrored: flip }];
  });
}

/** Which axis the kernel should resample first: a pixel costs it twice as much along a row as across rows. */
function quicker(
  from: { readonly height: number; readonly width: number },
  to: { readonly height: number; readonly width: number },
): readonly ['x' | 'y', 'x' | 'y'] {
  return 2 * from.height * to.width < to.height * (from.width + to.width) ? ['x', 'y'] : ['y', 'x'];
}

function copy({ data, offset, stride, height, width }: Pixels, into?: Uint8Array): Uint8Array {
  const out = into ?? new Uint8Array(height * width * 3);
  if (stride === width * 3) {
    out.set(data.subarray(offset, offset + height * stride));
    return out;
  }
  for (let y = 0; y < height; y++) {
    const from = offset + y * stride;
    out.set(data.subarray(from, from + width * 3), y * width * 3);
  }
  return out;
}
