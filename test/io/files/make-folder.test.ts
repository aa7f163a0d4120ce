import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkFile, checkFolder, makeFolder } from '../../../src/io/files/make-folder.js';
import { temporaryFolder } from '../support.js';

it('makes folders, also behind links and many at once, and takes those that are there', async () => {
  const root = await temporaryFolder();
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(join(root, 'a/b/c'))));
  await symlink(join(root, 'a'), join(root, 'link'));
  await makeFolder(join(root, 'link'));
  await makeFolder(join(root, 'link/d'));
  expect((await readdir(join(root, 'a'))).sort()).toEqual(['b', 'd']);
});

it('says in a sentence why a folder cannot be there, and proves it without leaving anything', async () => {
  const root = await temporaryFolder();
  const file = join(root, 'file');
  await writeFile(file, 'x');
  for (const path of [file, join(file, 'below/deep')]) {
    for (const attempt of [makeFolder, checkFolder])
      await expect(attempt(path)).rejects.toMatchObject({ code: 'E_PATH' });
  }
  await checkFolder(join(root, 'new/deep'));
  await checkFile(join(root, 'new/file'));
  await expect(checkFile(root)).rejects.toMatchObject({ code: 'E_PATH' });
  expect(await readdir(root)).toEqual(['file']);
});

it.runIf(process.platform === 'linux')('ends where the system makes no folders', async () => {
  for (const path of ['/proc/nope', '/proc/nope/deep'])
    for (const attempt of [makeFolder, checkFolder])
      await expect(attempt(path)).rejects.toMatchObject({ name: 'StorageError' });
});
