import { z } from 'zod';
import { centred, planFit } from '../../core/geometry.js';
import { planRegion } from '../../core/regions.js';
import type { Region } from '../../core/transform.js';

const side = z.int().min(1).max(16_384);

/** The views of a video that an evaluation averages over: every clip in every crop. */
export const viewOptions = z.strictObject({
  clips: z.int().min(1).max(1000).default(10).describe('Clips, spread evenly over the video.'),
  crops: z
    .union([z.literal(1), z.literal(3)])
    .default(1)
    .describe('1: the middle; 3: both ends of the longer side and the middle.'),
  short: side.exactOptional().describe('The shorter side is brought to this length before; else to size.'),
  size: side.describe('Sides of the square that is kept.'),
});

/** Views as the user writes them. */
export type ViewOptions = z.input<typeof viewOptions>;
/** Views with their defaults. */
export type ViewRule = z.output<typeof viewOptions>;

/** Crop number `crop` of frames of `height` x `width`: the shorter side to `short`, then a square of `size`. */
export function cropRegion(
  height: number,
  width: number,
  { crops, short, size }: ViewRule,
  crop: number,
): Region {
  const { y, x } = planFit(height, width, { fit: 'short', size: Math.max(short ?? size, size) });
  const along = (whole: number, longer: boolean) => {
    const start =
      crops === 1 || !longer ? centred(whole, size) : [0, centred(whole, size), whole - size][crop]!;
    return { size: whole, window: { start, length: size } };
  };
  const wide = width > height;
  const plan = { y: along(y.size, !wide), x: along(x.size, wide), height: size, width: size };
  return planRegion(height, width, plan);
}
