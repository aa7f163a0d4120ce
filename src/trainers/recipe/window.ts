import { z } from 'zod';
import { boxSize } from '../../transforms/volume/space.js';

/** How volumes of any size are validated: by windows of one size. */
export const windowSchema = z
  .strictObject({
    size: boxSize.describe(
      'Voxels of a window along each axis: one number for all, or by axis; else the whole axis.',
    ),
    overlap: z
      .number()
      .min(0)
      .max(0.99)
      .default(0.25)
      .describe('Share of a window that its neighbour covers too.'),
    blend: z
      .enum(['constant', 'gaussian'])
      .default('gaussian')
      .describe('How windows count where they overlap.'),
    grid: z
      .enum(['sample', 'file'])
      .default('sample')
      .describe(
        'Where predictions meet the truth: on prepared and transformed samples, or on the grid of their files.',
      ),
    predictions: z
      .boolean()
      .default(false)
      .describe(
        'Write the class ids of the last validation on the grid of the files, to `predictions` in the run.',
      ),
  })
  .describe('Validate whole volumes, each of its own size, by overlapping windows (of segmentations).');
