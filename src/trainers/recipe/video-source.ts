import { z } from 'zod';
import { type VideoDataset, videos } from '../../datasets/index.js';
import { clipOptions } from '../../datasets/videos/clips.js';
import { videoOptions } from '../../datasets/videos/schemas.js';
import { viewOptions } from '../../datasets/videos/views.js';

/** Options of the data source `videos`. */
export const videoSourceOptions = z.strictObject({
  path: z.string().min(1).describe('A folder with a folder of videos per class, or a list (.csv, .jsonl).'),
  clip: clipOptions.prefault({}).describe('Which frames of a video a sample is made of.'),
  video: videoOptions.exactOptional().describe('Limits, size of frames and decoder.'),
  clips: z
    .int()
    .min(1)
    .max(1000)
    .exactOptional()
    .describe('Clips of each video in an epoch, which come while its file is open; 1 unless told.'),
  views: viewOptions
    .exactOptional()
    .describe('Every video as evenly spread clips and crops, without chance: for validation.'),
});

/** Opens the videos of a recipe. Throws what `videos` throws. */
export function openVideoSource(
  { path, clip, video, clips, views }: z.output<typeof videoSourceOptions>,
  signal: AbortSignal | undefined,
): Promise<VideoDataset> {
  return videos(path, {
    clip,
    ...(video && { video }),
    ...(clips !== undefined && { clips }),
    ...(views && { views }),
    ...(signal && { signal }),
  });
}
