import { z } from 'zod';
import type { Raster } from '../../core/sample.js';
import { defineLoader } from '../loader.js';
import { voteSchema } from '../loaders/schemas.js';
import { fileStamp } from '../loaders/stamp.js';
import { labelOf } from '../picture-files.js';
import { clipFrames, clipOptions, timeline } from './clips.js';
import { openVideos } from './kept.js';
import { videoOptions } from './schemas.js';
import { cropRegion, viewOptions } from './views.js';

const options = z.strictObject({
  clip: clipOptions.prefault({}),
  video: videoOptions.exactOptional(),
  views: viewOptions.exactOptional(),
});

const item = z.strictObject({
  id: z.string(),
  path: z.string(),
  classId: z.int().min(0).exactOptional(),
  votes: z.array(voteSchema).exactOptional(),
  /** With views: which of `clips * crops`. */
  view: z.int().min(0).exactOptional(),
});

/**
 * Clips of video files. The frames that were drawn are the first entry of the trace, as params of `subsampleFrames`, so
 * that a replay on the whole video gives the same clip. Links are not followed.
 */
export const videoLoader = defineLoader({
  name: 'video',
  options,
  item,
  async open({ clip, video, views }) {
    const kept = openVideos({ ...video, noFollow: true });
    return {
      async load({ id, path, view, ...told }, { index, rng, signal, region, took, room }) {
        const label = labelOf(told);
        const sampled = await kept.use(path, signal, async ({ header, index: frames, ...opened }) => {
          const { height, width } = header;
          const line = timeline(frames, clip.fps, path);
          const number =
            views && view !== undefined
              ? { clip: Math.floor(view / views.crops), clips: views.clips }
              : undefined;
          const positions = clipFrames(line, clip, rng.at('clip'), number);
          const crop =
            views && view !== undefined ? cropRegion(height, width, views, view % views.crops) : undefined;
          const wanted =
            crop === undefined && video?.resize === undefined ? region?.(height, width) : undefined;
          const raster: Raster = await opened.frames(positions, {
            ...((crop ?? wanted) && { region: crop ?? wanted }),
            ...(room && { room }),
            ...(signal && { signal }),
          });
          if (wanted !== undefined) took?.();
          return { raster, positions };
        });
        const trace = [{ name: 'subsampleFrames', params: { frames: sampled.positions } }];
        return { id, index, rasters: { image: sampled.raster }, ...label, trace };
      },
      stamp: ({ path }) => fileStamp(path),
      close: () => kept.close(),
    };
  },
});
