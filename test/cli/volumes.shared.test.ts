import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { useBuiltPrepareWorker } from '../helpers/prepare-worker.js';
import { describeShared } from '../helpers/shared.js';
import { recordOutput } from './recorder.js';

async function call(...argv: string[]) {
  const output = recordOutput();
  const code = await run(['volumes', ...argv], output);
  return { code, out: output.stdout, err: output.stderr };
}

describeShared('cuemix volumes', (shared) => {
  beforeAll(useBuiltPrepareWorker);
  const data = join(shared, 'data');
  let work = '';
  beforeEach(async () => {
    work = await mkdtemp(join(tmpdir(), 'cuemix-volumes-'));
  });
  afterEach(() => rm(work, { recursive: true }));

  it('inspects files and folders, and ends with 1 where something is broken', async () => {
    const whole = await call(
      'inspect',
      join(data, 'nifti/flair_oblique.nii.gz'),
      join(data, 'nifti/pair_air.hdr'),
    );
    expect(whole).toMatchObject({ code: 0 });
    expect(whole.out).toContain('flair_oblique: 124x160x140 uint8, 1x1x1 mm, RAS');
    expect(whole.out).toContain('Orientations: RAS (1), AIR (1)');
    const broken = await call('inspect', join(data, 'malformed/nifti/truncated.nii.gz'), '--json');
    expect(broken.code).toBe(1);
    expect(JSON.parse(broken.out).images[0].error.code).toBe('E_TRUNCATED');
  });

  it('goes through a folder in which files are broken, odd, or of one name', async () => {
    const { code, out } = await call('inspect', join(data, 'malformed/nifti'), '--json');
    expect(code).toBe(1);
    const { images } = JSON.parse(out) as { images: { id: string; error?: unknown }[] };
    expect(images).toHaveLength(54);
    expect(images.filter(({ error }) => error !== undefined)).toHaveLength(34);
    expect(images.map(({ id }) => id)).toEqual(expect.arrayContaining(['valid.nii', 'valid.nii.gz']));
  });

  it('keeps the fourth dimension as channels when told, and says so when not', async () => {
    const image = join(data, 'nifti/functional_4d.nii');
    const argv = ['preprocess', image, '--out', join(work, 'out'), '--concurrency', '1', '--json'];
    const series = await call(...argv);
    expect({ ...series }).toMatchObject({ code: 2, err: expect.stringContaining('--channels') });
    const { code, out } = await call(...argv, '--channels', '--z-score');
    expect(code).toBe(0);
    expect(JSON.parse(out).prepared[0].shape).toEqual([17, 21, 3, 20]);
  });

  it('prepares a folder, keeps what is there, and says what it left out', async () => {
    await cp(join(data, 'nifti/statmap_float32.nii.gz'), join(work, 'in/a.nii.gz'));
    await writeFile(join(work, 'in/b.nii'), 'not a volume');
    const argv = [
      'preprocess',
      join(work, 'in'),
      '--out',
      join(work, 'out'),
      '--orientation',
      'RAS',
      '--spacing',
      '2,2,2',
    ];
    expect((await call(...argv, '--z-score', '--nonzero')).code).toBe(1);
    const skipped = await call(...argv, '--z-score', '--nonzero', '--on-error', 'skip', '--json');
    expect(skipped.code).toBe(1);
    const { prepared, failed, kept } = JSON.parse(skipped.out);
    expect([prepared.length, failed[0].code, kept]).toEqual([1, 'E_BAD_MAGIC', 1]);
    expect(prepared[0]).toMatchObject({
      id: 'a',
      shape: [79, 94, 68, 1],
      spacing: [2, 2, 2],
      orientation: 'RAS',
    });
  });

  it.each([['--orientation', 'XYZ'], ['--z-score', '--unit'], ['--margin', '3'], ['--nonzero']])(
    'refuses options that cannot be, also where broken volumes are skipped: %s %s',
    async (...more) => {
      const image = join(data, 'nifti/statmap_float32.nii.gz');
      const out = join(work, 'out');
      const { code, err } = await call(
        'preprocess',
        image,
        '--out',
        out,
        '--on-error',
        'skip',
        '-q',
        ...more,
      );
      expect([code, err]).toEqual([2, expect.stringMatching(/^error: Expected/)]);
    },
  );

  it.each([
    ['look', 'x'],
    ['preprocess', 'x'],
    ['preprocess', 'x', '--out', 'y', '--spacing', '1,1'],
    ['preprocess', 'x', '--out', 'y', '--interpolation', 'magic'],
    ['inspect', 'x', '--spacing', '1,1,1'],
  ])('refuses wrong use with code 2: %s', async (...argv) => {
    expect((await call(...argv)).code).toBe(2);
  });
});
