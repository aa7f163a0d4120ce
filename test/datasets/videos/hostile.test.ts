import { execFileSync } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openVideo } from '../../../src/datasets/videos/open.js';
import { decoders, describeFfmpeg } from '../../helpers/decoders.js';
import { drawVideo } from '../../helpers/draw-video.js';
import { temporaryFolder } from '../../helpers/fixtures.js';

let base: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  base = await temporaryFolder();
});
afterAll(() => base.remove());

describe('playlists and other texts', () => {
  it('open nothing, whatever they are called', async () => {
    let visits = 0;
    const server = createServer((_, response) => {
      visits++;
      response.end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.ts`;
    const lists = {
      'hls.mp4': `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${url}\n`,
      'local.mp4': '#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n',
      'concat.mp4': "ffconcat version 1.0\nfile '/etc/passwd'\n",
      'dash.mp4': `<?xml version="1.0"?><MPD><BaseURL>${url}</BaseURL></MPD>`,
      'sdp.mp4': 'v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n',
    };
    for (const [name, text] of Object.entries(lists)) {
      await writeFile(join(base.path, name), text);
      for (const decoder of decoders)
        await expect(openVideo(join(base.path, name), { decoder })).rejects.toMatchObject({
          code: 'E_FORMAT',
        });
    }
    expect(visits).toBe(0);
    server.close();
  });

  it('are refused as folders, pipes, links and absent files', async () => {
    const link = join(base.path, 'link.mp4');
    await symlink('/etc/passwd', link);
    const refusal = (path: string) => openVideo(path, { noFollow: true }).catch((error: unknown) => error);
    expect(await refusal(link)).toMatchObject({ code: 'E_PATH' });
    expect(await refusal(base.path)).toMatchObject({ code: 'E_PATH' });
    expect(await refusal('/dev/null')).toMatchObject({ code: 'E_PATH' });
    expect(await refusal(join(base.path, 'absent.mp4'))).toMatchObject({ code: 'E_PATH' });
  });
});

describeFfmpeg('an MP4 file', () => {
  const plain = () => join(base.path, 'plain.mp4');
  const frames = async (path: string, decoder: (typeof decoders)[number]) => {
    const video = await openVideo(path, { decoder });
    const found = await video.hashes([0, video.index.count - 1]);
    await video.close();
    return [video.index.count, ...found];
  };

  it.each(decoders)('may be followed by rubbish, or by another one (%s)', async (decoder) => {
    drawVideo(plain(), { frames: 12, width: 32, height: 32 });
    const want = await frames(plain(), decoder);
    expect(want[0]).toBe(12);
    const bytes = await readFile(plain());
    for (const [name, tail] of [
      ['rubbish.mp4', Buffer.from([0xff, 0xfe, 0, 1, 0x80, 0x90, 1, 2, ...Buffer.alloc(90, 0xc3)])],
      ['twice.mp4', bytes],
    ] as const) {
      await writeFile(join(base.path, name), Buffer.concat([bytes, tail]));
      expect(await frames(join(base.path, name), decoder)).toEqual(want);
    }
  });

  it.each(decoders)('begins where its edit list says, amid a group of pictures (%s)', async (decoder) => {
    drawVideo(plain(), { frames: 30, width: 32, height: 32 });
    const path = join(base.path, 'edited.mp4');
    const args = ['-v', 'error', '-y', '-ss', '0.52', '-i', plain(), '-c', 'copy', path];
    execFileSync('ffmpeg', args, { stdio: 'ignore' });
    const whole = await openVideo(plain(), { decoder });
    const [count, first, last] = await frames(path, decoder);
    expect(count).toBe(17);
    expect([first, last]).toEqual(await whole.hashes([13, 29]));
    await whole.close();
  });
});

describeFfmpeg('a file that is cut', () => {
  const codings: Readonly<Record<string, readonly string[]>> = {
    mp4: ['-movflags', '+faststart'],
    flv: [],
    ts: [],
    gif: ['-c:v', 'gif', '-pix_fmt', 'gray'],
    ogv: ['-c:v', 'libtheora', '-q:v', '9'],
  };
  it.each(Object.keys(codings))('is refused, wherever that is: %s', async (ending) => {
    const path = join(base.path, `whole.${ending}`);
    drawVideo(path, { frames: 12, width: 32, height: 32, more: codings[ending]! });
    const bytes = await readFile(path);
    for (const decoder of decoders) {
      const whole = await openVideo(path, { decoder });
      expect(whole.index.count).toBe(12);
      await whole.close();
      for (const share of [0.02, 0.2, 0.5, 0.9, 0.999]) {
        const cut = join(base.path, `cut.${ending}`);
        await writeFile(cut, bytes.subarray(0, Math.max(400, Math.floor(bytes.length * share) - 2)));
        const refusal = await openVideo(cut, { decoder }).catch((error: unknown) => error);
        expect([share, refusal]).toMatchObject([share, { code: 'E_TRUNCATED' }]);
      }
    }
  });
});

describeFfmpeg('a live Matroska stream, which says no length', () => {
  it.each(decoders)('is read whole, and refused where it is cut (%s)', async (decoder) => {
    const [whole, cut] = ['live.mkv', 'cut.mkv'].map((name) => join(base.path, name)) as [string, string];
    drawVideo(whole, { frames: 30, width: 32, height: 32, more: ['-f', 'matroska', '-live', '1'] });
    const video = await openVideo(whole, { decoder });
    expect(video.index.count).toBe(30);
    await video.close();
    const bytes = await readFile(whole);
    await writeFile(cut, bytes.subarray(0, bytes.length - 40));
    await expect(openVideo(cut, { decoder })).rejects.toMatchObject({ code: 'E_TRUNCATED' });
  });
});

describeFfmpeg('limits', () => {
  let path: string;
  beforeAll(() => {
    path = join(base.path, '-i http:x file.mp4');
    drawVideo(path, { frames: 40, width: 64, height: 48 });
  });

  it.each(decoders)('hold for frames, sides, pixels, bytes and time (%s)', async (decoder) => {
    const refusal = (options: object) =>
      openVideo(path, { decoder, ...options }).catch((error: unknown) => error);
    expect(await refusal({ maxFrames: 39 })).toMatchObject({ code: 'E_TOO_LARGE' });
    expect(await refusal({ maxSide: 63 })).toMatchObject({ code: 'E_TOO_LARGE' });
    expect(await refusal({ maxPixels: 3000 })).toMatchObject({ code: 'E_TOO_LARGE' });
    expect(await refusal({ formats: ['matroska'] })).toMatchObject({ code: 'E_FORMAT' });
    expect(await refusal({ timeout: 0 })).toMatchObject({ code: 'E_TIMEOUT' });
    const video = await openVideo(path, { decoder, maxClipBytes: 64 * 48 * 3 * 2 });
    await expect(video.frames([0, 1, 2])).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
    await expect(video.frames([40])).rejects.toThrow(RangeError);
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(video.frames([0], { signal: stop })).rejects.toThrow('enough');
    expect((await video.frames([39, 0])).shape).toEqual([2, 48, 64, 3]);
    await video.close();
  });

  it.each(decoders)('a stop in the middle ends the work, and the video goes on (%s)', async (decoder) => {
    const video = await openVideo(path, { decoder });
    const controller = new AbortController();
    const all = Array.from({ length: 40 }, (_, i) => i);
    const reading = video.frames(all, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 1);
    await reading.catch((error: unknown) => expect(error).toMatchObject({ message: 'enough' }));
    expect((await video.frames(all)).shape[0]).toBe(40);
    await video.close();
  });
});
