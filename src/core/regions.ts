import type { Filter } from './filters.js';
import { type Fit, type FitPlan, planFit } from './geometry.js';
import type { Rectangle, Region } from './transform.js';

/** A whole picture as it is. */
export function wholeOf(height: number, width: number): Region {
  return { top: 0, left: 0, height, width, size: { height, width }, filter: 'bilinear' };
}

/** Extents of a region's result. */
export function extentsOf({ size, window }: Region): { readonly height: number; readonly width: number } {
  return window ?? size;
}

/** `before`, and of that a rectangle; undefined where that reaches outside or `before` mirrors. */
export function cutRegion(before: Region, part: Rectangle): Region | undefined {
  const { top, left, height, width } = part;
  const extents = extentsOf(before);
  if (before.mirrored === true || top < 0 || left < 0) return undefined;
  if (top + height > extents.height || left + width > extents.width) return undefined;
  if (isCut(before))
    return { ...before, ...part, top: before.top + top, left: before.left + left, size: { height, width } };
  const kept = before.window ?? { top: 0, left: 0 };
  return { ...before, window: { ...part, top: kept.top + top, left: kept.left + left } };
}

/** `before` resampled to `size`, and of that a window; undefined where `before` resamples or mirrors already. */
export function resizeRegion(
  before: Region,
  size: { readonly height: number; readonly width: number },
  filter: Filter,
  window?: Rectangle,
): Region | undefined {
  if (!isCut(before) || before.mirrored === true) return undefined;
  const next = { ...before, size, filter };
  if (window === undefined) return next;
  // Nothing is resampled: what is left is a cut, which later transforms may go on from.
  if (isCut(next)) return cutRegion(next, window);
  return { ...next, window };
}

/** `before` with left and right swapped. */
export function mirrorRegion(before: Region): Region {
  return { ...before, mirrored: before.mirrored !== true };
}

/** Whether a region's pixels are those of the picture. */
function isCut({ height, width, size }: Region): boolean {
  return size.height === height && size.width === width;
}

/** A {@link FitPlan} of whole frames as a region. */
export function planRegion(height: number, width: number, { y, x, ...size }: FitPlan): Region {
  const [top, left] = [y.window?.start ?? 0, x.window?.start ?? 0];
  return {
    ...wholeOf(height, width),
    size: { height: y.size, width: x.size },
    window: { top, left, height: size.height, width: size.width },
  };
}

/** Whole frames brought to a size; as they are where none is told. */
export function fitRegion(height: number, width: number, fit: Fit | undefined): Region {
  return fit === undefined ? wholeOf(height, width) : planRegion(height, width, planFit(height, width, fit));
}
