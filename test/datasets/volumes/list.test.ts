import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listScans } from '../../../src/datasets/volumes/list.js';
import { temporaryFolder, writeTree } from '../../helpers/fixtures.js';

let place: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  place = await temporaryFolder();
});
afterAll(() => place.remove());

it('refuses two scans of one id, whose predictions would overwrite each other', async () => {
  await writeTree(place.path, {
    'same.csv': 'image,id\na/scan.nii,one\nb/scan.nii,one\n',
    'other.csv': 'image,id\na/scan.nii,one\nb/scan.nii,two\n',
  });
  await expect(listScans(join(place.path, 'same.csv'))).rejects.toMatchObject({ code: 'E_DUPLICATE' });
  expect((await listScans(join(place.path, 'other.csv'))).entries).toHaveLength(2);
});
