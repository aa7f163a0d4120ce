import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { folder } from '../../src/datasets/folder.js';
import { encode, temporaryFolder, writePictures, writeTree } from '../helpers/fixtures.js';
import { describeShared } from '../helpers/shared.js';

let png: Buffer;
let base: Awaited<ReturnType<typeof temporaryFolder>>;
let root: string;
let count = 0;
beforeAll(async () => {
  png = await encode({ shape: 'disc', texture: 'dots', width: 12, height: 8 });
  base = await temporaryFolder();
});
afterAll(() => base.remove());
beforeEach(async () => {
  root = join(base.path, `set ${count++} [a](b){c}*!`);
  await mkdir(root);
});
const ids = async (options?: Parameters<typeof folder>[1]) =>
  (await folder(root, options)).entries.map(({ id }) => id);
const tree = (...names: string[]) => writeTree(root, Object.fromEntries(names.map((name) => [name, png])));

describe('listing', () => {
  it('gives classes and pictures in code-point order, whatever the letter case of extensions', async () => {
    await tree(
      'b/2.JPG',
      'b/10.Png',
      'a-b/x.webp',
      'a/é.jpeg',
      'a/\u{1F600}.png',
      'a/\uFB01.png',
      'a/Z.JPEG',
      'a/sub/1.png',
    );
    await tree('a/readme.txt', 'a/jpeg', 'a/.hidden.png', '.trash/1.png');
    const set = await folder(root);
    expect(set.entries.map(({ id }) => id)).toEqual([
      'a/Z.JPEG',
      'a/sub/1.png',
      'a/é.jpeg',
      'a/\uFB01.png',
      'a/\u{1F600}.png',
      'a-b/x.webp',
      'b/10.Png',
      'b/2.JPG',
    ]);
    expect(set.classes).toEqual(['a', 'a-b', 'b']);
    expect(set.entries.map(({ classId }) => classId)).toEqual([0, 0, 0, 0, 0, 1, 2, 2]);
  });

  it('takes names with glob characters, blanks and backslashes as they are', async () => {
    const names = [
      '[x]/a[1].png',
      '[x]/b{1,2}.png',
      '[x]/c\\d.png',
      '[x]/e f#%20?.png',
      '[x]/g*.png',
      '[x]/line\nbreak.png',
    ];
    await tree(...names);
    const set = await folder(root);
    expect(set.entries.map(({ id }) => id)).toEqual(names);
    for (let index = 0; index < set.length; index++) {
      expect((await set.read(index, Rng.of(0))).rasters.image?.shape).toEqual([8, 12, 3]);
    }
  });

  it('never follows links out of, or around, the folder', async () => {
    await tree('a/1.png');
    await writeTree(base.path, { 'outside/secret.png': png });
    await symlink(join(base.path, 'outside'), join(root, 'out'));
    await symlink('..', join(root, 'a', 'loop'));
    await symlink(join(base.path, 'outside/secret.png'), join(root, 'a', 'link.png'));
    const set = await folder(root);
    expect(set.entries.map(({ id }) => id)).toEqual(['a/1.png']);
    expect(set.classes).toEqual(['a']);
  });

  it('opens a root that is itself a link', async () => {
    await tree('a/1.png');
    const link = join(base.path, `link ${count}`);
    await symlink(root, link);
    expect((await folder(link)).root).toBe(root);
  });

  it('keeps the class id of an empty class folder', async () => {
    await tree('b/1.png');
    await mkdir(join(root, 'a'));
    const set = await folder(root);
    expect([set.classes, set.entries[0]?.classId]).toEqual([['a', 'b'], 1]);
  });

  it('is flat when all pictures lie in the root, or when told', async () => {
    await tree('1.png', '2.png');
    const set = await folder(root);
    expect([set.classes, set.length, 'classId' in set.entries[0]!]).toEqual([undefined, 2, false]);
    await tree('a/3.png');
    await expect(folder(root)).rejects.toMatchObject({ code: 'E_LAYOUT' });
    expect(await ids({ layout: 'flat' })).toEqual(['1.png', '2.png', 'a/3.png']);
    expect(await ids({ layout: 'nested' })).toEqual(['a/3.png']);
  });

  it('lists other extensions when asked', async () => {
    await tree('1.GIF', '2.png');
    expect(await ids({ extensions: ['gif'] })).toEqual(['1.GIF']);
  });

  it('refuses a missing and an empty folder, and stops when aborted', async () => {
    await expect(folder(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'E_PATH' });
    await expect(folder(import.meta.filename)).rejects.toMatchObject({ code: 'E_PATH' });
    await expect(folder(root)).rejects.toMatchObject({ code: 'E_EMPTY' });
    await tree('1.png');
    await expect(folder(root, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('class index', () => {
  const write = async (text: string) => {
    await writeTree(base.path, { [`index ${count}`]: text });
    return join(base.path, `index ${count}`);
  };

  it.each([
    ['{"0": ["n2", "cat"], "1": ["n1", "dog"]}', ['cat', 'dog']],
    ['["n2", "n1"]', ['n2', 'n1']],
    ['n2 cat\r\nn1  big dog\n', ['cat', 'big dog']],
  ])('reads %s', async (text, names) => {
    await tree('n1/1.png', 'n2/1.png');
    const set = await folder(root, { classIndex: await write(text) });
    expect(set.classes).toEqual(['n2', 'n1']);
    expect(set.classNames).toEqual(names);
    expect(set.entries.map(({ classId }) => classId)).toEqual([1, 0]);
  });

  it.each([
    '',
    '{"0": ["a"]}',
    '{"1": ["a", "b"]}',
    '["a", "a"]',
    '["../a"]',
    '{"0"',
    '[1]',
    '["__proto__/x"]',
  ])('refuses %s', async (text) => {
    await tree('a/1.png');
    await expect(folder(root, { classIndex: await write(text) })).rejects.toMatchObject({ code: 'E_LABEL' });
  });

  it('refuses a folder that it does not name', async () => {
    await tree('a/1.png', 'b/1.png');
    await expect(folder(root, { classIndex: await write('["a"]') })).rejects.toThrow(/has the folder b/);
  });
});

describe('reading', () => {
  it('gives samples with id, raster and label', async () => {
    const paths = await writePictures(root, { perClass: 2, size: 20 });
    const set = await folder(root, { image: { resize: { fit: 'cover', width: 16, height: 16 } } });
    expect(set.entries.map(({ id }) => id)).toEqual(paths);
    const sample = await set.read(3, Rng.of(0));
    expect(sample).toMatchObject({ id: paths[3], index: 3, label: [{ classId: 1, weight: 1 }], trace: [] });
    expect(sample.rasters.image?.shape).toEqual([16, 16, 3]);
    await expect(set.read(6, Rng.of(0))).rejects.toThrow(RangeError);
  });

  it('refuses a file that became a link after it was listed', async () => {
    await tree('1.png');
    const set = await folder(root);
    const { rm } = await import('node:fs/promises');
    await rm(join(root, '1.png'));
    await symlink('/etc/hostname', join(root, '1.png'));
    await expect(set.read(0, Rng.of(0))).rejects.toMatchObject({ code: 'E_PATH' });
  });
});

describeShared('ImageNet folders', (shared) => {
  it('have the ids of the class index', async () => {
    const data = join(shared, 'data/imagenet-mini');
    const set = await folder(join(data, 'val'), { classIndex: join(data, 'imagenet_class_index.json') });
    expect([set.length, set.classes?.length]).toEqual([60, 1000]);
    expect(set.entries.every(({ id, classId }) => id.startsWith(`${set.classes![classId!]}/`))).toBe(true);
  });
});
