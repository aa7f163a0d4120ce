import { Rng } from '../../../src/core/rng.js';
import type { Sample } from '../../../src/core/sample.js';
import { subsampleFrames } from '../../../src/transforms/subsample-frames.js';
import { type Builder, checkSame } from '../compare.js';

interface Clip {
  readonly num_frames: number;
  readonly segments: number;
  readonly val: readonly number[];
  readonly test: readonly number[];
  readonly train_average_duration: number;
}

/** Frames that a transform takes from a clip of that length, counted from 1. */
function framesOf(length: number, frames: number, mode: 'uniform' | 'segments', seed = 0): number[] {
  const data = new Uint8Array(length);
  const clip = { role: 'intensity', axes: ['t', 'y', 'x'], shape: [length, 1, 1, 1], data } as const;
  const sample: Sample = { id: 'clip', index: 0, rasters: { image: clip }, trace: [] };
  const params = subsampleFrames({ frames, mode }).params(sample, Rng.of(seed)) as {
    readonly frames: readonly number[];
  };
  return params.frames.map((frame) => frame + 1);
}

/**
 * Frame numbers of CAKES' video data set. Its validation takes the first frame again and again where a clip has no more
 * frames than segments; the library spreads the frames there as its test does, so only longer clips are compared.
 */
export const frameSampling: Builder = (golden) => ({
  checks: (golden.data as readonly Clip[]).flatMap(({ num_frames: length, segments, ...want }, index) => {
    const middle = framesOf(length, segments, 'uniform');
    const part = length / segments;
    const drawn = Array.from({ length: 50 }, (_, seed) => framesOf(length, segments, 'segments', seed));
    const isInside = (frame: number, i: number) =>
      frame > Math.floor(i * part) && frame <= Math.ceil((i + 1) * part);
    return [
      checkSame(`${index} test`, middle, want.test),
      ...(length > segments ? [checkSame(`${index} val`, middle, want.val)] : []),
      checkSame(`${index} segment length`, Math.floor(part), want.train_average_duration),
      checkSame(
        `${index} train stays in its segments`,
        drawn.every((frames) => frames.every(isInside)),
        true,
      ),
    ];
  }),
});
