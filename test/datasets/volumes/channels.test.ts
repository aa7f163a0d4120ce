import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { listVolumes } from '../../../src/datasets/nifti/list.js';
import { prepareVolumes } from '../../../src/datasets/nifti/prepare.js';
import { readNifti } from '../../../src/datasets/nifti/read.js';
import { writeNifti } from '../../../src/datasets/nifti/write.js';
import { volumes } from '../../../src/datasets/volumes/volumes.js';
import { temporaryFolder } from '../../helpers/fixtures.js';
import { writePhantoms } from '../../helpers/phantom.js';

describe('images with several sequences in the fourth dimension', () => {
  let root: { path: string; remove: () => Promise<void> };
  const at = (...names: string[]) => join(root.path, ...names);
  beforeAll(async () => {
    root = await temporaryFolder();
    await writePhantoms(at('set'), { count: 3, modalities: 4 });
  });
  afterAll(() => root.remove());

  const read = async (path: string, options = {}, index = 1) =>
    (await (await volumes(path, options)).read(index, Rng.of(0))).rasters;

  it('are read as channels, whatever lists them', async () => {
    const { image, mask } = await read(at('set'));
    const file = await readNifti(at('set', 'images', 'scan1.nii.gz'));
    const [x, y, z, t] = file.shape as [number, number, number, number];
    expect(image!.shape).toEqual([z, y, x, t]);
    expect(mask!.shape).toEqual([z, y, x, 1]);
    const voxels = x * y * z;
    for (const [voxel, channel] of [
      [0, 0],
      [7, 3],
      [voxels - 1, 2],
    ] as const)
      expect(image!.data[voxel * t + channel]).toBe(file.data[channel * voxels + voxel]);
    const training = [0, 1, 2].map((n) => ({
      image: `./images/scan${n}.nii.gz`,
      label: `./labels/scan${n}.nii.gz`,
    }));
    const index = { labels: { 0: 'background', 1: 'a', 2: 'b' }, modality: { 0: 'T1' }, training };
    await writeFile(at('set', 'dataset.json'), JSON.stringify(index));
    expect((await read(at('set'))).image).toEqual(image);
  });

  it('are turned, resampled and prepared channel by channel', async () => {
    const preprocess = { orientation: 'RAS', spacing: [1, 1, 1], zScore: { perChannel: true } } as const;
    const want = await read(at('set'), { preprocess });
    expect(want.image!.shape[3]).toBe(4);
    expect(want.image!.shape.slice(0, 3)).toEqual(want.mask!.shape.slice(0, 3));
    const out = at('prepared');
    const { prepared } = await prepareVolumes(await listVolumes(at('set', 'images')), {
      out,
      labels: await listVolumes(at('set', 'labels')),
      preprocess: { ...preprocess, fourth: 'channels' },
      concurrency: 1,
    });
    expect(prepared[1]!.shape).toEqual([...want.image!.shape.slice(0, 3).toReversed(), 4]);
    const found = await read(out);
    expect(found.image!.data).toEqual(want.image!.data);
    expect(found.mask!.data).toEqual(want.mask!.data);
  });

  it('are series unless told: preparing says what to do', async () => {
    const images = await listVolumes(at('set', 'images'));
    const run = prepareVolumes(images, { out: at('no'), preprocess: {}, concurrency: 1 });
    await expect(run).rejects.toThrow(/4 time points.*--channels/);
  });

  it('need labels of three dimensions', async () => {
    for (const part of ['images', 'labels']) await mkdir(at('wrong', part), { recursive: true });
    const image = await readNifti(at('set', 'images', 'scan0.nii.gz'));
    await writeNifti(at('wrong', 'images', 'a.nii'), image);
    await writeNifti(at('wrong', 'labels', 'a.nii'), { ...image, data: new Uint8Array(image.data.length) });
    await expect(read(at('wrong'), {}, 0)).rejects.toThrow(/time points/);
  });
});
