import type { Rng } from '../core/rng.js';
import type { Sample } from '../core/sample.js';
import { run, type Transform } from '../core/transform.js';
import { cornerCrop } from './corner-crop.js';
import { flip } from './flip.js';
import { randomResizedCrop } from './random-resized-crop.js';

/** What one view does to its own copy of the sample. */
export type View = readonly Transform[];

/**
 * Several views of one sample: each is a list of transforms, and each gives a sample of its own with its own trace.
 *
 * A transform takes a raster to a raster and rasters of a sample share their extents, so several views, which may differ
 * in size, are not a transform but several samples. As such they can be batched by size, replayed one by one, and
 * carry the same id, index and label. View v draws at `rng.at('view', v)`: adding a view changes no other.
 */
export async function runViews(
  sample: Sample,
  views: readonly View[],
  rng: Rng,
  signal?: AbortSignal,
): Promise<readonly Sample[]> {
  const made: Sample[] = [];
  for (const [v, transforms] of views.entries())
    made.push(await run(sample, transforms, rng.at('view', v), signal));
  return made;
}

/** How many crops of one kind multi-crop takes. */
export interface CropKind {
  readonly count: number;
  /** Sides in pixels. */
  readonly size: number;
  /** Area of a crop as a share of the picture's. */
  readonly scale: readonly [number, number];
}

/**
 * The views of SwAV and DINO (arXiv 2006.09882, 2104.14294): a few large crops of most of the picture and many small
 * ones of little of it, each flipped half of the time and then changed by `after`.
 */
export function multiCrop(
  kinds: readonly CropKind[] = [
    { count: 2, size: 224, scale: [0.4, 1] },
    { count: 6, size: 96, scale: [0.05, 0.4] },
  ],
  after: View = [],
): readonly View[] {
  return kinds.flatMap(({ count, size, scale: [low, high] }) =>
    Array.from(
      { length: count },
      (): View => [randomResizedCrop({ size, scale: [low, high], filter: 'bicubic' }), flip(), ...after],
    ),
  );
}

const CORNERS = ['topLeft', 'topRight', 'bottomLeft', 'bottomRight', 'centre'] as const;

/** The four corners and the middle, in torchvision's order (FiveCrop). */
export function fiveCrop(size: number): readonly View[] {
  return CORNERS.map((corner): View => [cornerCrop({ size, corner })]);
}

/** {@link fiveCrop} and then the same of the mirrored picture, in torchvision's order (TenCrop). */
export function tenCrop(size: number): readonly View[] {
  const mirrored = CORNERS.map((corner): View => [flip({ p: 1 }), cornerCrop({ size, corner })]);
  return [...fiveCrop(size), ...mirrored];
}
