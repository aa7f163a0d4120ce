import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { Rng } from '../../src/core/rng.js';
import { openVideo } from '../../src/datasets/videos/open.js';
import { videos } from '../../src/datasets/videos/videos.js';
import { describeFfmpeg } from '../helpers/decoders.js';
import { drawVideo } from '../helpers/draw-video.js';
import { temporaryFolder, writePictures, writeTree } from '../helpers/fixtures.js';
import { treeOf } from '../styletransfer/fake.js';
import { recordOutput } from './recorder.js';

describeFfmpeg('cuemix stylize of videos', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const at = (name: string): string => join(folder.path, name);
  const cuemix = async (...argv: string[]) => {
    const output = recordOutput();
    const code = await run(argv, output);
    return { code, stdout: output.stdout, stderr: output.stderr };
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeTree(folder.path, { 'clips/run/notes.txt': '', 'clips/walk/notes.txt': '' });
    drawVideo(at('clips/run/a.mp4'), { frames: 9, width: 35, height: 25, more: ['-pix_fmt', 'yuv444p'] });
    drawVideo(at('clips/run/b.mkv'), { frames: 6, width: 48, height: 32, fps: 12.5 });
    drawVideo(at('clips/walk/c.mp4'), { frames: 5, width: 32, height: 40 });
    await writeFile(at('clips/walk/torn.mp4'), (await readFile(at('clips/walk/c.mp4'))).subarray(0, 900));
    await writePictures(at('styles'), { perClass: 2, size: 32, classes: ['run'] });
  });
  afterAll(() => folder.remove());

  const small = ['--size', 'short:24', '--style-size', '16', '--group', '1', '--precision', 'fp32', '--json'];
  const argv = () => ['stylize', at('clips'), '--styles', at('styles'), ...small];

  it('paints every clip in one style, at its own rate, and sets aside what it cannot read', async () => {
    const whole = await cuemix(...argv(), '--out', at('whole'));
    expect(whole).toMatchObject({ code: 0 });
    const told = JSON.parse(whole.stdout);
    expect(told).toMatchObject({ made: 3, counts: { contents: { found: 4, refused: 1 } } });
    const lines = (await readFile(at('whole/manifest.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).path)).toEqual([
      'clips/run/a-0.mp4',
      'clips/run/b-0.mp4',
      'clips/walk/c-0.mp4',
    ]);
    expect(JSON.parse(lines[0]!)).toMatchObject({ width: 32, height: 24, shape: { id: 0 } });
    expect(await readFile(at('whole/quarantine.jsonl'), 'utf8')).toContain('"path":"walk/torn.mp4"');
    const clip = await openVideo(at('whole/clips/run/b-0.mp4'));
    expect(clip.header).toMatchObject({ codec: 'h264', width: 36, height: 24 });
    expect(clip.index.count).toBe(6);
    expect(clip.index.end - clip.index.seconds[0]!).toBeCloseTo(6 / 12.5, 3);
    await clip.close();
    expect((await cuemix('verify', at('whole'), '--json')).code).toBe(0);
    const set = await videos(at('whole/clips'), { clip: { frames: 4 } });
    expect((await set.read(2, Rng.of(0))).label).toEqual([{ classId: 1, weight: 1 }]);
    await set.close();
  });

  it('makes the same bytes in parts, and goes on where it stood', async () => {
    for (const part of ['1/2', '2/2'])
      expect((await cuemix(...argv(), '--out', at(`part${part[0]}`), '--shard', part)).code).toBe(0);
    expect((await cuemix('merge', at('part1'), at('part2'), '--out', at('merged'))).code).toBe(0);
    expect(await treeOf(at('merged'))).toEqual(await treeOf(at('whole')));
    const again = await cuemix(...argv(), '--out', at('whole'));
    expect(JSON.parse(again.stdout)).toMatchObject({ made: 0, earlier: 3 });
  });

  it('takes other rates and styles from the videos themselves, and says what it would make', async () => {
    const dry = await cuemix(
      'stylize',
      at('clips'),
      '--styles',
      'self',
      ...small,
      '--out',
      at('dry'),
      '--dry-run',
    );
    expect(JSON.parse(dry.stdout)).toMatchObject({ outputs: 3, recipe: { video: { crf: 16 }, batch: 1 } });
    const slow = ['--rate', '5', '--crf', '30', '--styles', 'self', '--out', at('slow')];
    expect(await cuemix('stylize', at('clips/run'), ...slow, ...small)).toMatchObject({ code: 0 });
    const clip = await openVideo(at('slow/clips/unsorted/b-0.mp4'));
    expect(clip.index.count).toBe(2); // 0.48 s
    await clip.close();
  });

  it('refuses the options of videos for pictures', async () => {
    const { code, stderr } = await cuemix(
      'stylize',
      at('styles'),
      '--styles',
      'self',
      '--out',
      at('no'),
      '--crf',
      '3',
    );
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('folder of videos') });
    expect((await cuemix(...argv(), '--out', at('no'), '--crf', '60')).code).toBe(2);
  });
});
