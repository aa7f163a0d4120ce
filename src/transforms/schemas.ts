import { z } from 'zod';

/** A length in elements of an axis. */
export const length = z
  .int()
  .min(1)
  .max(1 << 20);

/** A probability. */
export const probability = z.number().min(0).max(1);

/** A seedable axis of a raster. */
export const axis = z.enum(['t', 'z', 'y', 'x']);

/** Interpolation of intensities; masks always take the nearest element. */
export const filter = z.enum(['nearest', 'box', 'bilinear', 'bicubic', 'lanczos']);

/** One number for both sides, or height and width. */
export const size = z.union([length, z.strictObject({ height: length, width: length })]);

/** A range [low, high]. */
export const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low <= high, { error: 'Expected [low, high] with low <= high' });

/** [height, width] of a {@link size}. */
export function sides(value: z.output<typeof size>): { height: number; width: number } {
  return typeof value === 'number' ? { height: value, width: value } : value;
}
