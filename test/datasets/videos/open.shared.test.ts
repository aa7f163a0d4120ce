import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import type { Raster } from '../../../src/core/sample.js';
import { openVideo } from '../../../src/datasets/videos/open.js';
import { decoders } from '../../helpers/decoders.js';
import { describeShared } from '../../helpers/shared.js';

interface Known {
  readonly frames_decoded: number;
  readonly codec: string;
  readonly pix_fmt: string;
  readonly width: number;
  readonly height: number;
  readonly display_rotation: number | null;
  readonly first_pts_s: number;
  readonly last_pts_s: number | null;
  readonly frame_md5_native: {
    first: string;
    middle: string;
    last: string;
    middle_index: number;
    all_frames: string;
  };
}

interface Expected {
  readonly outcome: 'ok' | 'error' | 'error-or-ok';
  readonly kind?: string | readonly string[];
  readonly frames?: number;
}

const CODES: Readonly<Record<string, readonly string[]>> = {
  truncated: ['E_TRUNCATED'],
  corrupt: ['E_CORRUPT', 'E_FORMAT'],
  empty: ['E_EMPTY'],
  'no-video-stream': ['E_FORMAT'],
};

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

describeShared('real videos', (shared) => {
  const folder = join(shared, 'data/videos');
  const { files }: { files: Record<string, Known> } = JSON.parse(
    readFileSync(join(folder, 'manifest.json'), 'utf8'),
  );

  describe.each(decoders)('by %s', (decoder) => {
    it.concurrent.each(Object.entries(files))('%s', async (name, known) => {
      const video = await openVideo(join(folder, name), { decoder });
      const { header, index } = video;
      const turned = known.display_rotation === 90;
      expect(header).toMatchObject({
        codec: known.codec,
        pixelFormat: known.pix_fmt,
        width: turned ? known.height : known.width,
        height: turned ? known.width : known.height,
        rotation: turned ? 270 : 0,
      });
      expect(index.count).toBe(known.frames_decoded);
      expect(index.seconds[0]).toBeCloseTo(known.first_pts_s, 3);
      if (known.last_pts_s !== null) expect(index.seconds.at(-1)).toBeCloseTo(known.last_pts_s, 2);
      const all = await video.hashes(Array.from({ length: index.count }, (_, i) => i));
      const { first, middle, last, middle_index, all_frames } = known.frame_md5_native;
      expect([all[0], all[middle_index], all.at(-1)]).toEqual([first, middle, last]);
      expect(md5(all.join(''))).toBe(all_frames);
      const rng = Rng.of(name);
      for (let round = 0; round < (decoder === 'ffmpeg' ? 1 : 3); round++) {
        const some = Array.from({ length: 1 + rng.integer(6) }, () => rng.integer(index.count));
        expect(await video.hashes(some)).toEqual(some.map((position) => all[position]));
      }
      await video.close();
      const again = await openVideo(join(folder, name), { decoder }); // it is known now
      expect(again.header).toEqual(header);
      for (const part of [[0], [middle_index, index.count - 1], [Math.min(3, index.count - 1)]])
        expect(await again.hashes(part)).toEqual(part.map((position) => all[position]));
      await again.close();
      const maxFrames = index.count - 1;
      await expect(openVideo(join(folder, name), { decoder, maxFrames })).rejects.toThrow('maxFrames');
    });

    it('is indexed anew when it changes', async () => {
      const path = join(await mkdtemp(join(tmpdir(), 'cuemix-video-')), 'video.mp4');
      try {
        for (const name of ['h264_vfr_noaudio_240x160.mp4', 'h264_rotate90_240x160.mp4']) {
          await copyFile(join(folder, name), path);
          const video = await openVideo(path, { decoder });
          expect(video.index.count).toBe(files[name]!.frames_decoded);
          await video.close();
        }
      } finally {
        await rm(dirname(path), { recursive: true });
      }
    });
  });

  it('give the same upright pixels by both decoders, up to the rounding of their versions of swscale', async () => {
    const clips: Raster[] = [];
    for (const decoder of decoders) {
      const video = await openVideo(join(folder, 'h264_rotate90_240x160.mp4'), { decoder });
      clips.push(await video.frames([40, 3, 40]));
      await video.close();
    }
    for (const clip of clips) {
      expect(clip.shape).toEqual([3, 240, 160, 3]);
      const frame = clip.data.length / 3;
      expect(clip.data.subarray(0, frame)).toEqual(clip.data.subarray(2 * frame));
      let sum = 0;
      for (const [i, value] of clip.data.entries()) sum += Math.abs(value - clips[0]!.data[i]!);
      expect(sum / clip.data.length).toBeLessThan(1.5);
    }
  });
});

describeShared('malformed videos', (shared) => {
  const folder = join(shared, 'data/malformed');
  const { files }: { files: Record<string, Expected> } = JSON.parse(
    readFileSync(join(folder, 'expected.json'), 'utf8'),
  );
  const cases = readdirSync(join(folder, 'videos')).map((name) => [name, files[`videos/${name}`]!] as const);

  describe.each(decoders)('by %s', (decoder) => {
    it.concurrent.each(cases)('%s', async (name, { outcome, kind = [], frames }) => {
      const path = join(folder, 'videos', name);
      const read = async () => {
        const video = await openVideo(path, { decoder, timeout: 30_000 });
        try {
          const clip = await video.frames(Array.from({ length: video.index.count }, (_, i) => i));
          return clip.shape[0];
        } finally {
          await video.close();
        }
      };
      const got = await read().catch((error: unknown) => error);
      if (outcome === 'ok') return expect(got).toBe(frames);
      if (outcome === 'error-or-ok' && typeof got === 'number') return expect(got).toBeGreaterThan(0);
      expect(got).toMatchObject({ name: 'DecodeError', path });
      const codes = [kind].flat().flatMap((word) => CODES[word]!);
      expect(codes).toContain((got as { code: string }).code);
      expect(existsSync('/tmp/escape_me')).toBe(false);
    });
  });
});
