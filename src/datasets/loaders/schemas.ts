import { z } from 'zod';

const count = z.number().positive();
const side = z
  .int()
  .min(1)
  .max(1 << 20);

/** Decoding options as data; see `ImageOptions`. */
export const imageOptions = z.strictObject({
  formats: z.array(z.enum(['jpeg', 'png', 'webp', 'gif', 'tiff'])).exactOptional(),
  maxBytes: count.exactOptional(),
  maxPixels: count.exactOptional(),
  maxSide: count.exactOptional(),
  maxProgressivePixels: count.exactOptional(),
  timeout: count.exactOptional(),
  background: z.tuple([z.number(), z.number(), z.number()]).exactOptional(),
  resize: z
    .union([
      z.strictObject({ fit: z.literal('short'), size: side }),
      z.strictObject({ fit: z.enum(['exact', 'cover', 'contain']), height: side, width: side }),
    ])
    .exactOptional(),
  resampler: z.enum(['exact', 'fast']).exactOptional(),
});

/** One vote of a label as data; see `Vote`. */
export const voteSchema = z.strictObject({
  classId: z.int().min(0),
  weight: z.number().min(0).max(1),
  cue: z.enum(['shape', 'texture']).exactOptional(),
});
