import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NiftiData } from '../../../src/datasets/nifti/datatypes.js';
import { readNifti } from '../../../src/datasets/nifti/read.js';
import { writeNifti } from '../../../src/datasets/nifti/write.js';
import { expectClose } from '../../helpers/close.js';
import { describeShared } from '../../helpers/shared.js';

const bytesOf = (data: NiftiData) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

describeShared('writeNifti', (shared) => {
  const folder = join(shared, 'data/nifti');
  let out = '';
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'cuemix-nifti-'));
  });
  afterAll(() => rm(out, { recursive: true }));

  it('writes every real file back equal, in its own version and byte order', async () => {
    const names = (await readdir(folder)).filter((name) => /\.(nii|hdr)(\.gz)?$/.test(name));
    for (const name of names) {
      const image = await readNifti(join(folder, name));
      const path = join(out, name.replace(/\.gz$/, ''));
      await writeNifti(path, image);
      const again = await readNifti(path);
      const { voxOffset: _a, warnings: _b, ...was } = image.header;
      const { voxOffset: _c, warnings: _d, ...is } = again.header;
      expect(is).toEqual(was);
      expect(again.extensions).toEqual(image.extensions);
      expect(again.affine).toEqual(image.affine);
      expect(bytesOf(again.data).equals(bytesOf(image.data))).toBe(true);
    }
    expect(names.length).toBeGreaterThan(24);
  });

  it('changes version and byte order without changing content', async () => {
    const image = await readNifti(join(folder, 'example4d_oblique_ext.nii.gz'), {
      region: [
        [3, 9],
        [2, 8],
      ],
    });
    const path = join(out, 'changed.nii.gz');
    await writeNifti(path, image, { version: 2, littleEndian: false });
    const again = await readNifti(path);
    expect(again.header.version).toBe(2);
    expect(again.header.littleEndian).toBe(false);
    expect(again.data).toEqual(image.data);
    expect(again.extensions).toEqual(image.extensions);
    expectClose(again.affine.flat(), image.affine.flat(), 10);
  });

  it('leaves out free text and extensions when asked to scrub', async () => {
    const image = await readNifti(join(folder, 'with_extension_bigendian.nii.gz'));
    const path = join(out, 'scrubbed.nii');
    await writeNifti(path, image, { scrub: true });
    const again = await readNifti(path);
    expect(image.extensions).toHaveLength(1);
    expect(again.extensions).toEqual([]);
    expect([again.header.description, again.header.auxFile, again.header.intent.name]).toEqual(['', '', '']);
    expect(again.affine).toEqual(image.affine);
    const content = (await readFile(path)).toString('latin1');
    expect(content).not.toContain(Buffer.from(image.extensions[0]!.data).toString('latin1').slice(0, 24));
  });
});
