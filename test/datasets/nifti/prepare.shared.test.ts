import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { findMismatches, inspectVolume } from '../../../src/datasets/nifti/inspect.js';
import { listVolumes } from '../../../src/datasets/nifti/list.js';
import { type PrepareOptions, prepareVolumes } from '../../../src/datasets/nifti/prepare.js';
import { toVolume } from '../../../src/datasets/nifti/raster.js';
import { readNifti } from '../../../src/datasets/nifti/read.js';
import { writeNifti } from '../../../src/datasets/nifti/write.js';
import { useBuiltPrepareWorker } from '../../helpers/prepare-worker.js';
import { describeShared } from '../../helpers/shared.js';

describeShared('prepareVolumes', (shared) => {
  beforeAll(useBuiltPrepareWorker);
  let work = '';
  let hashes: string[] | undefined;
  beforeEach(async () => {
    work = await mkdtemp(join(tmpdir(), 'cuemix-prepare-'));
    for (const kind of ['images', 'labels']) {
      const folder = join(shared, 'data/hippocampus/train', kind);
      const names = (await readdir(folder)).sort().slice(0, 4);
      for (const name of names) await cp(join(folder, name), join(work, kind, name));
    }
  });
  afterEach(() => rm(work, { recursive: true }));

  const prepare = async (more: Partial<PrepareOptions> = {}) =>
    prepareVolumes(await listVolumes(join(work, 'images')), {
      out: join(work, 'out'),
      labels: await listVolumes(join(work, 'labels')),
      preprocess: {
        orientation: 'LPS',
        spacing: [1.5, 1.5, 1.5],
        unit: true,
        foreground: { threshold: 10, margin: 2 },
      },
      ...more,
    });

  it('prepares images and labels on one grid, keeps what is right, and mends what is not', async () => {
    const first = await prepare();
    expect(first.prepared.map(({ role }) => role)).toEqual([
      ...Array(4).fill('intensity'),
      ...Array(4).fill('mask'),
    ]);
    expect(first.kept).toBe(0);
    for (const entry of first.prepared.filter(({ role }) => role === 'intensity')) {
      const label = first.prepared.find(({ id, role }) => id === entry.id && role === 'mask')!;
      expect(label.affine).toEqual(entry.affine);
      expect(label.shape).toEqual(entry.shape);
      expect(entry.orientation).toBe('LPS');
      const mask = toVolume(await readNifti(join(work, 'out', label.path)), { role: 'mask' });
      expect(new Set(mask.raster.data)).toEqual(new Set([0, 1, 2]));
      const image = toVolume(await readNifti(join(work, 'out', entry.path)));
      expect(Math.max(...image.raster.data)).toBe(1);
    }
    const text = await readFile(first.manifest, 'utf8');
    await truncate(join(work, 'out', first.prepared[1]!.path), 1000);
    await rm(join(work, 'out', first.prepared[6]!.path));
    const left = join(work, 'out/images/.cuemix-1-0123456789abcdef.tmp'); // by a killed run
    await writeFile(left, '');
    const second = await prepare({ concurrency: 1, memory: 1 });
    await expect(readFile(left)).rejects.toThrow('ENOENT');
    expect(second.kept).toBe(6);
    expect(await readFile(second.manifest, 'utf8')).toBe(text);
    expect((await prepare({ scrub: true })).kept).toBe(0);
  });

  it.each([1, 3])(
    'writes the same with %i at a time, and ends its threads when it is stopped',
    async (concurrency) => {
      const { prepared } = await prepare({ concurrency });
      hashes ??= prepared.map(({ sha256 }) => sha256);
      expect(prepared.map(({ sha256 }) => sha256)).toEqual(hashes);
      const stop = new AbortController();
      const running = prepare({
        concurrency,
        scrub: true,
        signal: stop.signal,
        onProgress: () => stop.abort(new Error('enough')),
      });
      await expect(running).rejects.toThrow('enough');
      expect((await prepare({ concurrency, scrub: true })).kept).toBeGreaterThan(0);
    },
  );

  it('leaves out broken and misplaced volumes when told to skip', async () => {
    const names = await readdir(join(work, 'images'));
    await writeFile(join(work, 'images', names[0]!), 'not a volume');
    const label = await readNifti(join(work, 'labels', names[1]!));
    const moved = label.affine.map((row, at) =>
      row.map((value, column) => (at === 0 && column === 3 ? value + 3 : value)),
    );
    await writeNifti(join(work, 'labels', names[1]!), { ...label, affine: moved });
    await expect(prepare()).rejects.toThrow(names[0]!);
    const { failed, prepared } = await prepare({ onError: 'skip' });
    expect(failed.map(({ code }) => code).sort()).toEqual(['E_BAD_MAGIC', 'E_GEOMETRY', 'E_GEOMETRY']);
    expect(prepared).toHaveLength(5);
    const reports = await Promise.all(
      ['images', 'labels'].map(async (kind) =>
        Promise.all((await listVolumes(join(work, kind))).map((file) => inspectVolume(file))),
      ),
    );
    expect(findMismatches(reports[0]!, reports[1]!)).toEqual([
      {
        id: names[1]!.replace(/\.nii(\.gz)?$/, ''),
        problem: 'image and label differ: affines differ by up to 3.00',
      },
    ]);
  });
});
