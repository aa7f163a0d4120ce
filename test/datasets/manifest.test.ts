import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { filter, filterSamples } from '../../src/datasets/filter.js';
import { folder } from '../../src/datasets/folder.js';
import { inspect } from '../../src/datasets/inspect.js';
import { manifest } from '../../src/datasets/manifest.js';
import { openDataset } from '../../src/datasets/open.js';
import { temporaryFolder, writePictures, writeTree } from '../helpers/fixtures.js';
import { describeShared } from '../helpers/shared.js';

const rng = Rng.of(0);
let place: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  place = await temporaryFolder();
  await writePictures(place.path, { perClass: 2, size: 20 });
});
afterAll(() => place.remove());

async function list(name: string, text: string) {
  await writeTree(place.path, { [name]: text });
  return manifest(join(place.path, name));
}

describe('a manifest', () => {
  it('lists pictures as CSV or JSON Lines, with classes by name or number', async () => {
    const csv = await list(
      'a.csv',
      'path,label\ncross/000.png,"a, b"\ndisc/000.png,z\ndisc/001.JPG,"a, b"\n',
    );
    expect(csv.classes).toEqual(['a, b', 'z']);
    expect(csv.entries.map(({ classId }) => classId)).toEqual([0, 1, 0]);
    expect((await csv.read(1, rng)).label).toEqual([{ classId: 1, weight: 1 }]);
    const lines = await list(
      'b.jsonl',
      '{"file":"cross/000.png","class":3}\n{"file":"disc/000.png","class":0}\n',
    );
    expect(lines.classes).toEqual(['0', '1', '2', '3']);
    expect(lines.entry!(0)).toMatchObject({ id: 'cross/000.png', label: [{ classId: 3 }] });
    const bare = await list('c.csv', 'image\ncross/000.png\n');
    expect(bare.classes).toBeUndefined();
  });

  it('is refused, by line, where it is not as expected', async () => {
    await expect(list('d.csv', 'path\n../x.png\n')).rejects.toThrow(/Line 2 .* leaves the folder/);
    await expect(list('e.csv', 'path\n/etc/passwd\n')).rejects.toMatchObject({ code: 'E_PATH' });
    await expect(list('f.csv', 'path,label\na.png\n')).rejects.toMatchObject({ code: 'E_FORMAT' });
    await expect(list('t.csv', 'path,path\na.png,b.png\n')).rejects.toThrow('two columns are called "path"');
    await expect(list('w.csv', `${'x,'.repeat(1e6)}path\n`)).rejects.toMatchObject({ code: 'E_FORMAT' });
    await expect(list('g.csv', 'path,label\na.png,\n')).rejects.toMatchObject({ code: 'E_LABEL' });
    await expect(list('h.csv', 'other\na.png\n')).rejects.toThrow(/it has other/);
    await expect(list('i.csv', 'path\n')).rejects.toMatchObject({ code: 'E_EMPTY' });
    await expect(list('j.jsonl', '[1]\n')).rejects.toMatchObject({ code: 'E_FORMAT' });
    await expect(list('k.csv', 'path,classId\na.png,-1\n')).rejects.toMatchObject({ code: 'E_LABEL' });
    await expect(list('l.csv', 'path,classId\na.png,100000\n')).rejects.toMatchObject({ code: 'E_LABEL' });
    const latin = join(place.path, 'm.csv');
    await writeFile(latin, Buffer.from('path,label\na.png,caf\xe9\n', 'latin1'));
    await expect(manifest(latin)).rejects.toMatchObject({ code: 'E_FORMAT' });
  });

  it.skipIf(process.platform === 'win32')('does not leave its folder by a link', async () => {
    const outside = await temporaryFolder();
    await mkdir(join(place.path, 'inner'));
    await symlink(outside.path, join(place.path, 'inner', 'link'));
    await expect(list('n.csv', 'path\ninner/link/a.png\n')).rejects.toThrow(/by a link/);
    await outside.remove();
  });

  it('forgives what editors do to JSON Lines: a mark, blank lines, no last newline', async () => {
    const made = await list('o.jsonl', '\uFEFF{"path":"cross/000.png"}\r\n\r\n{"path":"disc/000.png"}');
    expect(made.length).toBe(2);
    await expect(list('p.jsonl', '{"path":"a.png"}\n{"path":"b')).rejects.toThrow(/line 2/);
  });
});

describe('filter', () => {
  it('keeps samples by what is known of them, or by what is in them', async () => {
    const all = await folder(place.path, { layout: 'nested' });
    const discs = filter(all, ({ label }) => label?.[0]?.classId === 1);
    expect(discs.length).toBe(2);
    expect(discs.entry!(0).id).toMatch(/^disc/);
    const wide = await filterSamples(all, ({ rasters }) => rasters.image!.shape[1]! > 20);
    expect(wide.length).toBe(3);
    expect(() => filter({ ...all, entry: undefined } as never, () => true)).toThrow(/filterSamples/);
  });
});

describe('inspect', () => {
  it('counts classes and formats and names duplicates and broken files', async () => {
    const tree = await temporaryFolder();
    await writePictures(tree.path, { perClass: 3, size: 20 });
    const { readFile } = await import('node:fs/promises');
    const copy = await readFile(join(tree.path, 'disc/000.png'));
    await writeTree(tree.path, { 'disc/copy.png': copy, 'disc/cut.png': copy.subarray(0, copy.length - 30) });
    const found = await inspect(await openDataset(tree.path));
    expect(found).toMatchObject({
      samples: 11,
      formats: { png: 4, jpeg: 3, webp: 3 },
      width: [20, 24, 28],
      height: [20, 20, 20],
    });
    expect(found.classes!.map(({ samples }) => samples)).toEqual([3, 5, 3]);
    expect(found.duplicates).toEqual([['disc/000.png', 'disc/copy.png']]);
    expect(found.corrupt).toMatchObject([{ id: 'disc/cut.png', code: 'E_TRUNCATED' }]);
    await tree.remove();
  });
});

describeShared('a real manifest', (shared) => {
  it('opens by its ending', async () => {
    const set = await openDataset(join(shared, 'data/imagenet-mini/manifest.csv'));
    expect(set.length).toBeGreaterThan(100);
    expect((await set.read(0, rng)).rasters.image!.shape).toEqual([300, 400, 3]);
  });
});
