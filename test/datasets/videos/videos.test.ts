import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import type { Raster, Sample } from '../../../src/core/sample.js';
import { replay } from '../../../src/core/transform.js';
import { stream } from '../../../src/datasets/stream/stream.js';
import { openVideo } from '../../../src/datasets/videos/open.js';
import { videos } from '../../../src/datasets/videos/videos.js';
import { flip } from '../../../src/transforms/flip.js';
import { randomResizedCrop } from '../../../src/transforms/random-resized-crop.js';
import { transforms as known } from '../../../src/transforms/registry.js';
import { decoders, describeFfmpeg } from '../../helpers/decoders.js';
import { drawVideo, levelOf } from '../../helpers/draw-video.js';
import { temporaryFolder } from '../../helpers/fixtures.js';
import { useBuiltWorker } from '../../helpers/stream-worker.js';

describeFfmpeg('a set of videos', () => {
  let base: Awaited<ReturnType<typeof temporaryFolder>>;
  let root: string;
  beforeAll(async () => {
    await useBuiltWorker();
    base = await temporaryFolder();
    root = join(base.path, 'set [a](b)');
    await mkdir(join(root, 'cat'), { recursive: true });
    await mkdir(join(root, 'dog'));
    drawVideo(join(root, 'cat', 'a.mp4'), { frames: 33, width: 48, height: 32 });
    drawVideo(join(root, 'cat', 'b.mkv'), { frames: 5, width: 32, height: 48, gop: 1 });
    drawVideo(join(root, 'dog', 'c.MOV'), { frames: 60, width: 64, height: 48, fps: 50, gop: 7 });
    await writeFile(join(root, 'list.csv'), 'video,label\ndog/c.MOV,dog\ncat/a.mp4,cat\n');
  });
  afterAll(() => base.remove());

  /** Frame numbers that the greys of a clip tell. */
  const told = ({ rasters: { image } }: Sample) => {
    const [frames, height, width, channels] = image!.shape as [number, number, number, number];
    return Array.from({ length: frames }, (_, t) => {
      const middle = t * height * width * channels + (((height >> 1) * width + (width >> 1)) * channels + 1);
      return image!.data[middle]!;
    });
  };
  const drawn = (sample: Sample) => (sample.trace[0]!.params as { frames: number[] }).frames;
  const nearGrey = (sample: Sample) => {
    const frames = drawn(sample);
    for (const [t, level] of told(sample).entries())
      expect(Math.abs(level - levelOf(frames[t]!))).toBeLessThan(5);
  };

  it('gives several clips of a file one after the other, whatever the workers, and goes on amid them', async () => {
    const set = await videos(root, { clip: { frames: 2, sampling: 'random' }, clips: 4 });
    expect([set.length, set.views]).toEqual([12, 4]);
    const seen: string[][] = [];
    for (const workers of [0, 2]) {
      const options = { seed: 2, workers, order: set.order(1), onError: 'fail' } as const;
      const first = stream(set, options);
      const found: string[] = [];
      const tell = ({ id, trace }: Sample) => `${id} ${JSON.stringify(trace[0]!.params)}`;
      for await (const sample of first) if (found.push(tell(sample)) === 5) break;
      for await (const sample of stream(set, { ...options, cursor: first.cursor })) found.push(tell(sample));
      seen.push(found);
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(new Set(seen[0]).size).toBeGreaterThan(9); // drawn anew each
    for (const start of [0, 4, 8])
      expect(new Set(seen[0]!.slice(start, start + 4).map((text) => text.split(' ')[0])).size).toBe(1);
    await expect(videos(root, { clips: 0 })).rejects.toThrow('clips');
    await expect(videos(root, { clips: 2, views: { size: 8 } })).rejects.toThrow('views');
    await set.close();
  });

  it.each(decoders)('gives the frames that it drew, with their class (%s)', async (decoder) => {
    const set = await videos(root, { clip: { frames: 6 }, video: { decoder } });
    expect(set.classes).toEqual(['cat', 'dog']);
    expect(set.entry!(2)).toEqual({ id: 'dog/c.MOV', label: [{ classId: 1, weight: 1 }] });
    for (let index = 0; index < set.length; index++) {
      const sample = await set.read(index, Rng.of(1).at(index));
      expect(sample.rasters.image).toMatchObject({ role: 'intensity', axes: ['t', 'y', 'x'] });
      nearGrey(sample);
    }
    await set.close();
  });

  it('is the same through streams of any number of workers, crops taken while decoding', async () => {
    const set = await videos(root, { clip: { frames: 4, sampling: 'dense', stride: 2 } });
    const transforms = [randomResizedCrop({ size: 16 }), flip()];
    const words: string[] = [];
    for (const workers of [0, 2]) {
      const seen: string[] = [];
      for await (const batch of stream(set, { transforms, workers, batch: 2, epochs: 2, seed: 5 })) {
        expect(batch.rasters.image!.shape.slice(1)).toEqual([4, 16, 16, 3]);
        seen.push(
          JSON.stringify([batch.ids, batch.traces]),
          Buffer.from(batch.rasters.image!.data).toString('base64'),
        );
      }
      words.push(seen.join());
    }
    expect(words[1]).toBe(words[0]);
    await set.close();
  });

  it('can be replayed from its trace on the whole video', async () => {
    const set = await videos(root, { clip: { frames: 5 } });
    const transforms = [randomResizedCrop({ size: 20 }), flip()];
    for await (const sample of stream(set, { transforms, workers: 0 })) {
      expect(sample.trace.map(({ name }) => name)).toEqual(['subsampleFrames', 'randomResizedCrop', 'flip']);
      const video = await openVideo(join(root, sample.id));
      const image = await video.frames(Array.from({ length: video.index.count }, (_, i) => i));
      await video.close();
      const whole: Sample = { id: sample.id, index: 0, rasters: { image }, trace: [] };
      const again = await replay(whole, sample.trace, known);
      expect(again.rasters.image!.shape).toEqual(sample.rasters.image!.shape);
      expect(
        Buffer.compare(again.rasters.image!.data as Uint8Array, sample.rasters.image!.data as Uint8Array),
      ).toBe(0);
    }
    await set.close();
  });

  it('has every clip in every crop as views, without chance', async () => {
    const clip = { frames: 3, sampling: 'dense' } as const;
    const set = await videos(root, { clip, views: { clips: 2, crops: 3, size: 24, short: 28 } });
    expect([set.length, set.views]).toEqual([18, 6]);
    const some = await set.read(12 + 4, Rng.of(0));
    expect(some).toMatchObject({ id: 'dog/c.MOV', rasters: { image: { shape: [3, 24, 24, 3] } } });
    expect(drawn(some)).toEqual([57, 58, 59]);
    expect((await set.read(16, Rng.of(9))).rasters.image!.data).toEqual(some.rasters.image!.data);
    await set.close();
  });

  it('takes frames by time when a rate is told', async () => {
    const set = await videos(join(root, 'list.csv'), {
      clip: { frames: 6, sampling: 'dense', fps: 10 },
      views: { clips: 1, size: 32 },
      manifest: { path: 'video' },
    });
    expect(set.classes).toEqual(['cat', 'dog']);
    const sample = await set.read(0, Rng.of(0));
    const frames = drawn(sample);
    expect(frames.slice(1).map((frame, i) => frame - frames[i]!)).toEqual([5, 5, 5, 5, 5]);
    nearGrey(sample);
    await set.close();
  });

  it('puts bad files aside by their code', async () => {
    await mkdir(join(base.path, 'bad', 'x'), { recursive: true });
    await writeFile(join(base.path, 'bad', 'x', '1.mp4'), '#EXTM3U\nfile:///etc/passwd\n');
    await writeFile(join(base.path, 'bad', 'x', '2.mp4'), '');
    drawVideo(join(base.path, 'bad', 'x', '3.mp4'), { frames: 8, width: 32, height: 32 });
    const set = await videos(join(base.path, 'bad'), { clip: { frames: 2 } });
    const flow = stream(set, { workers: 1, onError: 'quarantine' });
    const ids: string[] = [];
    for await (const { id } of flow) ids.push(id);
    expect(ids).toEqual(['x/3.mp4']);
    expect(flow.report.quarantine.map(({ code }) => code).sort()).toEqual(['E_EMPTY', 'E_FORMAT']);
    await set.close();
  });

  it('shrinks while decoding with "fast", some levels off', async () => {
    const resize = { fit: 'cover', height: 24, width: 24 } as const;
    for (const decoder of decoders) {
      const clips: Raster[] = [];
      for (const resampler of ['exact', 'fast'] as const) {
        const video = await openVideo(join(root, 'dog', 'c.MOV'), { resampler, resize, decoder });
        clips.push(await video.frames([59, 1]));
        await video.close();
      }
      expect(clips[1]!.shape).toEqual([2, 24, 24, 3]);
      const apart = clips[0]!.data.map((value, i) => Math.abs(value - clips[1]!.data[i]!));
      expect(Math.max(...apart)).toBeLessThan(6);
    }
  });
});
