import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNifti } from '../../../src/datasets/nifti/read.js';
import { importVolume, readForeign } from '../../../src/datasets/volumes/foreign/import.js';
import { type ForeignImage, itkReader } from '../../../src/datasets/volumes/foreign/reader.js';

/** What @itk-wasm/image-io 1.6.1 gives for a slice of a series, turned about z, at `z` millimetres. */
function slice(z: number, changes: Partial<ForeignImage> = {}, series = '1.2.3'): ForeignImage {
  return {
    imageType: { dimension: 3, components: 1 },
    size: [4, 5, 1],
    spacing: [0.7, 1.2, 1],
    origin: [10, -20, z],
    direction: Float64Array.of(0, 1, 0, -1, 0, 0, 0, 0, 1),
    data: Int16Array.from({ length: 20 }, (_, i) => i + 100 * z),
    metadata: new Map([['0020|000e', series]]),
    ...changes,
  };
}

describe('other formats', () => {
  let work = '';
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'cuemix-foreign-'));
    for (const name of ['a', 'b', 'c']) await writeFile(join(work, name), '');
    await mkdir(join(work, 'empty'));
  });
  afterAll(() => rm(work, { recursive: true, force: true }));

  const read = (images: Readonly<Record<string, ForeignImage>>) =>
    readForeign(work, { reader: async (path) => images[path.slice(-1)]! });

  it('puts slices in the order of their places, in right-anterior-superior', async () => {
    const volume = await read({ a: slice(35), b: slice(30), c: slice(32.5) });
    expect(volume.shape).toEqual([4, 5, 3]);
    expect([volume.data[0], volume.data[20], volume.data[40]]).toEqual([3000, 3250, 3500]);
    expect(volume.affine).toEqual([
      [0, -1.2, 0, -10],
      [0.7, 0, 0, 20],
      [0, 0, 2.5, 30],
      [0, 0, 0, 1],
    ]);
  });

  it('refuses slices that make no volume', async () => {
    const usual = { a: slice(0), b: slice(1), c: slice(2) };
    const cases: readonly (readonly [Partial<typeof usual>, RegExp])[] = [
      [{ c: slice(2, {}, '9.9') }, /2 series/],
      [{ c: slice(3) }, /lies 2.000 mm after the slice before it while 1.000 mm are usual/],
      [{ c: slice(1) }, /mm after/],
      [{ c: slice(2, { size: [5, 4, 1] }) }, /differs from .* in size or direction/],
      [{ c: slice(2, { data: new Float32Array(20) }) }, /several types/],
      [{ c: slice(2, { data: new Int16Array(7) }) }, /does not hold the 20 voxels/],
      [{ c: slice(2, { imageType: { dimension: 3, components: 3 } }) }, /one value per voxel/],
    ];
    for (const [change, message] of cases)
      await expect(read({ ...usual, ...change })).rejects.toThrow(message);
    await expect(readForeign(join(work, 'empty'), { reader: async () => slice(0) })).rejects.toThrow(
      /there are none/,
    );
    await expect(readForeign(join(work, 'nothing'))).rejects.toThrow(/cannot be opened/);
    const broken = async () => Promise.reject(new Error('Could not find IO'));
    await expect(readForeign(join(work, 'a'), { reader: broken })).rejects.toThrow(
      /cannot be read \(Could not find IO/,
    );
  });

  it.each([
    ['with kinds', 'OW\0\0\x06\0\0\0', 'abcdef'],
    ['without kinds', '\x06\0\0\0', 'abcdef'],
    ['compressed', 'OB\0\0\xff\xff\xff\xff', '\xfe\xff\x00\xe0\xfe\xff\xdd\xe0\0\0\0\0'],
  ])('refuses DICOM %s that was cut off', async (_, kind, voxels) => {
    const path = join(work, 'cut');
    const file = Buffer.from(`${'\0'.repeat(128)}DICM\xe0\x7f\x10\0${kind}${voxels}`, 'latin1');
    await writeFile(path, file);
    await readForeign(path, { reader: async () => slice(0) });
    await writeFile(path, file.subarray(0, -1));
    await expect(readForeign(path, { reader: async () => slice(0) })).rejects.toThrow(
      'ends before its voxels',
    );
    await rm(path);
  });

  it('writes what it read as NIfTI, with nothing but its grid', async () => {
    const out = join(work, 'empty', 'scan.nii.gz');
    await importVolume(join(work, 'a'), out, { reader: async () => slice(3, { spacing: [1, 2, 3] }) });
    const back = await readNifti(out);
    expect(back.shape).toEqual([4, 5, 1]);
    expect([...(back.data as Int16Array)]).toEqual([...(slice(3).data as Int16Array)]);
    expect(back.header.description).toBe('');
  });

  it('says how to get the reader', async () => {
    const absent = async () => Promise.reject(new Error('ERR_MODULE_NOT_FOUND'));
    await expect(itkReader(absent)).rejects.toThrow(/npm install @itk-wasm\/image-io@/);
    expect(await itkReader(async () => ({ readImageNode: slice }))).toBe(slice);
  });
});
