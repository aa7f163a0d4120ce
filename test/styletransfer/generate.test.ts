import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GenerateOptions, generateCueConflict } from '../../src/styletransfer/generate.js';
import { temporaryFolder, writePictures } from '../helpers/fixtures.js';
import { fakePainter, treeOf } from './fake.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let base: Omit<GenerateOptions, 'out'>;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(join(folder.path, 'content'), { perClass: 5 });
  await writePictures(join(folder.path, 'styles'), { perClass: 2, classes: ['marble', 'disc'] });
  base = {
    content: join(folder.path, 'content'),
    styles: join(folder.path, 'styles'),
    size: { width: 32, height: 32 },
    styleSize: 32,
    batch: 2,
    group: 4,
    stylesPerImage: 2,
    previews: 6,
    painter: fakePainter(),
  };
});

afterAll(() => folder.remove());

let fresh = 0;
const out = (): string => join(folder.path, `out-${fresh++}`);

async function manifestOf(root: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(root, 'manifest.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('generateCueConflict', () => {
  it('delivers one labelled picture for every content and style, and says so', async () => {
    const root = out();
    const summary = await generateCueConflict({ ...base, out: root, gamma: 0.8 });
    expect(summary.made).toBe(30);
    expect(summary.dataset.counts.outputs).toEqual({ planned: 30, delivered: 30, refused: 0 });
    const lines = await manifestOf(root);
    expect(lines.map((line) => line.index)).toEqual(Array.from({ length: 30 }, (_, index) => index));
    for (const line of lines) {
      const picture = await sharp(join(root, String(line.path))).metadata();
      expect([picture.width, picture.height, picture.format]).toEqual([32, 32, 'jpeg']);
    }
    const disc = lines.find((line) => String(line.style).startsWith('disc/'))!;
    expect(disc.texture).toEqual({ id: 1, name: 'disc' });
    expect(disc.shape).not.toEqual(disc.texture);
    expect(disc.votes).toEqual([
      { classId: (disc.shape as { id: number }).id, cue: 'shape', weight: 0.8 },
      { classId: 1, cue: 'texture', weight: 0.19999999999999996 },
    ]);
    const marble = lines.find((line) => String(line.style).startsWith('marble/'))!;
    expect(marble.texture).toEqual({ id: null, name: 'marble' });
    expect(marble.votes).toEqual([expect.objectContaining({ weight: 1, cue: 'shape' })]);
  });

  it('gives the same bytes whatever the workers', async () => {
    const [one, many] = [out(), out()];
    await generateCueConflict({ ...base, out: one, workers: 1 });
    await generateCueConflict({ ...base, out: many, workers: 8, painter: fakePainter(3) });
    expect(await treeOf(many)).toEqual(await treeOf(one));
  });

  it.each(['folder', 'tar'] as const)('does nothing the second time (%s)', async (format) => {
    const root = out();
    await generateCueConflict({ ...base, format, out: root });
    const before = await treeOf(root);
    const painter = fakePainter();
    const again = await generateCueConflict({ ...base, format, painter, out: root });
    expect([again.made, again.earlier]).toEqual([0, 30]);
    expect(painter.calls).toEqual({ styles: 0, batches: [] });
    expect(await treeOf(root)).toEqual(before);
  });

  it.each(['folder', 'tar'] as const)('makes again what was removed (%s)', async (format) => {
    const root = out();
    await generateCueConflict({ ...base, format, out: root });
    const before = await treeOf(root);
    const victim = Object.keys(before).find((path) => /^(images|shards)\//.test(path))!;
    await rm(join(root, victim));
    await rm(join(root, 'quarantine.jsonl'));
    await writeFile(join(root, 'quarantine.jsonl'), '');
    const again = await generateCueConflict({ ...base, format, out: root });
    expect(again.made).toBe(4);
    expect(await treeOf(root)).toEqual(before);
  });

  it('encodes every style once', async () => {
    const painter = fakePainter();
    await generateCueConflict({ ...base, painter, out: out() });
    expect(painter.calls.styles).toBe(4);
  });

  it('refuses a folder that holds another dataset, finished or not', async () => {
    const root = out();
    await generateCueConflict({ ...base, out: root });
    await expect(generateCueConflict({ ...base, seed: 9, out: root })).rejects.toMatchObject({
      code: 'E_OTHER_RUN',
    });
    await expect(
      generateCueConflict({ ...base, painter: fakePainter(0, 'other'), out: root }),
    ).rejects.toMatchObject({ code: 'E_OTHER_RUN' });
  });

  it('leaves foreign files alone and never overwrites one', async () => {
    const root = out();
    await generateCueConflict({ ...base, out: root });
    const [line] = await manifestOf(root);
    const other = out();
    const path = join(other, String(line!.path));
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(join(other, 'notes.txt'), 'mine');
    await writeFile(path, 'mine too');
    await expect(generateCueConflict({ ...base, out: other })).rejects.toMatchObject({ code: 'E_EXISTS' });
    expect(await readFile(path, 'utf8')).toBe('mine too');
    await rm(path);
    await generateCueConflict({ ...base, out: other });
    const third = out();
    await mkdir(third);
    await writeFile(join(third, 'report.html'), 'my report');
    await expect(generateCueConflict({ ...base, out: third })).rejects.toMatchObject({ code: 'E_EXISTS' });
    expect(await readFile(join(third, 'report.html'), 'utf8')).toBe('my report');
    expect(await readFile(join(other, 'notes.txt'), 'utf8')).toBe('mine');
    const { 'notes.txt': _, ...tree } = await treeOf(other);
    expect(tree).toEqual(await treeOf(root));
  });

  it('stops at an abort and goes on later', async () => {
    const root = out();
    const stop = new AbortController();
    const run = generateCueConflict(
      { ...base, out: root, painter: fakePainter(20) },
      {
        signal: stop.signal,
        onProgress: ({ phase, done }) => {
          if (phase === 'stylize' && done >= 9) stop.abort(new Error('enough'));
        },
      },
    );
    await expect(run).rejects.toThrow('enough');
    const whole = out();
    const resumed = await generateCueConflict({ ...base, out: root });
    expect(resumed.earlier).toBeGreaterThan(0);
    await generateCueConflict({ ...base, out: whole });
    expect(await treeOf(root)).toEqual(await treeOf(whole));
  });
});
