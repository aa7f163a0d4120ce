import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preprocessVolume } from '../../../src/datasets/nifti/preprocess.js';
import { writeNifti } from '../../../src/datasets/nifti/write.js';

const shape = [21, 18, 24] as const;
const data = Int16Array.from({ length: 21 * 18 * 24 }, (_, at) => (at * 7919) % 2000);
const affine = [
  [1, 0, 0, -10],
  [0, 1, 0, -9],
  [0, 0, 1, -12],
  [0, 0, 0, 1],
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuemix-preprocess-'));
  for (const name of ['a.nii.gz', 'a.nii']) await writeNifti(join(folder, name), { data, shape, affine });
});
afterAll(() => rm(folder, { recursive: true }));

describe('preprocessVolume', () => {
  it('gives voxels of their own, whoever comes after', async () => {
    const path = join(folder, 'a.nii.gz');
    const kept = await preprocessVolume(path, { orientation: 'RAS', spacing: [1, 1, 1] });
    const turned = await preprocessVolume(path, { orientation: 'LPS' });
    const all = [1, 2, 3].map((by) => preprocessVolume(path, { spacing: [by / 2, 1, 1.3], unit: true }));
    const seen = await Promise.all(all);
    expect(kept.raster.data).toEqual(data);
    expect([...turned.raster.data.slice(0, 3)]).toEqual(
      [...data.slice(17 * 21 + 18, 17 * 21 + 21)].reverse(),
    );
    for (const [at, by] of [1, 2, 3].entries()) {
      const again = await preprocessVolume(path, { spacing: [by / 2, 1, 1.3], unit: true });
      expect(seen[at]!.raster.data).toEqual(again.raster.data);
    }
  });

  it('is the same without compression, and into memory that is given', async () => {
    const options = { orientation: 'LIP', spacing: [0.8, 1.1, 0.9], window: { from: [0, 2000] } } as const;
    const expected = await preprocessVolume(join(folder, 'a.nii'), options);
    const into = new Float32Array(expected.raster.data.length + 5).fill(9);
    const got = await preprocessVolume(join(folder, 'a.nii.gz'), { ...options, into });
    expect(got.raster.data.buffer).toBe(into.buffer);
    expect(got.raster.data).toEqual(expected.raster.data);
    expect([...into.slice(-5)]).toEqual([9, 9, 9, 9, 9]);
    const small = await preprocessVolume(join(folder, 'a.nii.gz'), { ...options, into: into.subarray(0, 9) });
    expect(small.raster.data).toEqual(expected.raster.data);
    expect(small.raster.data.buffer).not.toBe(into.buffer);
  });
});
