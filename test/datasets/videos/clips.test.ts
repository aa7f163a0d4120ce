import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extentsOf } from '../../../src/core/regions.js';
import { Rng } from '../../../src/core/rng.js';
import { type ClipRule, clipFrames, timeline } from '../../../src/datasets/videos/clips.js';
import { cropRegion } from '../../../src/datasets/videos/views.js';

const index = (seconds: number[], end: number) => ({
  count: seconds.length,
  seconds: Float64Array.from(seconds),
  end,
  keys: Int32Array.of(0),
});
const line = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
const rule = (some: Partial<ClipRule>): ClipRule => ({
  frames: 4,
  sampling: 'dense',
  stride: 1,
  short: 'last',
  ...some,
});
const rng = Rng.of(3);

describe('a timeline', () => {
  it('is every frame where no rate is told', () => {
    expect([...timeline(index([0, 1, 5], 6), undefined, 'v')]).toEqual([0, 1, 2]);
  });

  it('holds each frame until the next one, whatever their distances', () => {
    const variable = index([2, 2.1, 2.6, 2.7], 3);
    expect([...timeline(variable, 10, 'v')]).toEqual([0, 1, 1, 1, 1, 1, 2, 3, 3, 3]);
    expect([...timeline(variable, 2, 'v')]).toEqual([0, 1]);
  });

  it('gives one frame in n at an n-th of the rate, and n times each at n times the rate', () => {
    const steady = index(
      Array.from({ length: 30 }, (_, i) => Math.round((i * 1000) / 30) / 1000),
      1,
    );
    expect([...timeline(steady, 10, 'v')]).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
    expect([...timeline(steady, 60, 'v')]).toEqual(Array.from({ length: 60 }, (_, i) => i >> 1));
  });

  it('is refused where damaged stamps would fill the memory', () => {
    for (const end of [1e12, Number.NaN])
      expect(() => timeline(index([0, 1], end), 30, 'v.mp4')).toThrow(/v\.mp4.*time stamps span/);
  });
});

describe('frames of a clip', () => {
  const sampling = fc.constantFrom('uniform', 'segments', 'dense', 'random');
  const short = fc.constantFrom('last', 'loop');

  it('lie in the video, ascend unless it loops, and are drawn by address', () => {
    fc.assert(
      fc.property(
        fc.record({
          frames: fc.integer({ min: 1, max: 20 }),
          stride: fc.integer({ min: 1, max: 4 }),
          sampling,
          short,
        }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer(),
        (some, count, seed) => {
          const draw = () => clipFrames(line(count), rule(some as Partial<ClipRule>), Rng.of(seed));
          const frames = draw();
          expect(frames).toHaveLength(some.frames);
          expect(frames.every((frame) => frame >= 0 && frame < count)).toBe(true);
          const loops = some.sampling === 'dense' && some.short === 'loop';
          if (!loops) expect([...frames].sort((a, b) => a - b)).toEqual(frames);
          expect(draw()).toEqual(frames);
        },
      ),
    );
  });

  it('are one of each part in segments, the middles in uniform', () => {
    expect(clipFrames(line(20), rule({ sampling: 'uniform', frames: 5 }), rng)).toEqual([2, 6, 10, 14, 18]);
    const parts = clipFrames(line(20), rule({ sampling: 'segments', frames: 5 }), rng);
    expect(parts.map((frame) => frame >> 2)).toEqual([0, 1, 2, 3, 4]);
  });

  it('do not repeat in random clips as long as there are others', () => {
    const frames = clipFrames(line(10), rule({ sampling: 'random', frames: 8 }), rng);
    expect(new Set(frames).size).toBe(8);
    const twice = clipFrames(line(4), rule({ sampling: 'random', frames: 8 }), rng);
    expect(twice).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  it('repeat the last frame or loop where the video is short', () => {
    expect(clipFrames(line(3), rule({ frames: 5 }), rng)).toEqual([0, 1, 2, 2, 2]);
    expect(clipFrames(line(3), rule({ frames: 5, short: 'loop' }), rng)).toEqual([0, 1, 2, 0, 1]);
    expect(clipFrames(line(4), rule({ frames: 3, stride: 3, short: 'loop' }), rng)).toEqual([0, 3, 2]);
  });

  it('cover the video evenly when they are numbered', () => {
    const dense = (clip: number, clips: number) =>
      clipFrames(line(20), rule({ frames: 4, stride: 2 }), rng, { clip, clips })[0];
    expect([dense(0, 3), dense(1, 3), dense(2, 3), dense(0, 1)]).toEqual([0, 7, 13, 6]);
    const parts = (clip: number) =>
      clipFrames(line(20), rule({ sampling: 'segments' }), rng, { clip, clips: 5 });
    expect([parts(0), parts(4)]).toEqual([
      [0, 5, 10, 15],
      [4, 9, 14, 19],
    ]);
  });
});

it('three crops are both ends of the longer side and its middle', () => {
  const lefts = (height: number, width: number, side: 'left' | 'top') =>
    [0, 1, 2].map((crop) => {
      const region = cropRegion(height, width, { clips: 1, crops: 3, size: 8, short: 10 }, crop);
      expect(extentsOf(region)).toMatchObject({ height: 8, width: 8 });
      return region.window![side];
    });
  expect(lefts(20, 40, 'left')).toEqual([0, 6, 12]);
  expect(lefts(40, 20, 'top')).toEqual([0, 6, 12]);
  expect(lefts(20, 40, 'top')).toEqual([1, 1, 1]);
});
