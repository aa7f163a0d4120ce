import { z } from 'zod';
import { gather } from '../core/kernel.js';
import { axisIndex, extent, type Raster, type Sample } from '../core/sample.js';
import { defineTransform } from '../core/transform.js';
import { length } from './schemas.js';

const options = z.strictObject({
  frames: z
    .int()
    .min(1)
    .max(4096)
    .default(8)
    .describe('Frames of the result. Where a clip is too short its last frame is repeated.'),
  mode: z
    .enum(['uniform', 'segments', 'dense'])
    .default('uniform')
    .describe(
      'uniform: evenly over the clip, the middle of each part; segments: a random frame of each part; dense: every stride-th frame from a random start.',
    ),
  stride: length.default(1).describe('Distance of frames in mode dense.'),
});

/** Keeps some frames of a clip. Samples without an axis t stay as they are. */
export const subsampleFrames = defineTransform({
  name: 'subsampleFrames',
  options,
  params(sample, rng, { frames, mode, stride }): { frames: number[] } | null {
    const total = clipLength(sample);
    if (total === undefined) return null;
    const inside = (frame: number) => Math.min(total - 1, Math.floor(frame));
    const indices = Array.from({ length: frames }, (_, i) => i);
    if (mode === 'dense') {
      const start = rng.integer(Math.max(1, total - (frames - 1) * stride));
      return { frames: indices.map((i) => inside(start + i * stride)) };
    }
    const part = total / frames;
    const place = () => (mode === 'uniform' ? 0.5 : rng.uniform());
    return { frames: indices.map((i) => inside((i + place()) * part)) };
  },
  apply: (raster, { frames }) => gather(raster, 't', frames),
});

function clipLength(sample: Sample): number | undefined {
  const clip: Raster | undefined = Object.values(sample.rasters).find(
    (raster) => axisIndex(raster, 't') >= 0,
  );
  return clip === undefined ? undefined : extent(clip, 't');
}
