import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { temporaryFolder, writePictures, writeTree } from '../helpers/fixtures.js';
import { useBuiltWorker } from '../helpers/stream-worker.js';
import { recordOutput } from './recorder.js';

let place: Awaited<ReturnType<typeof temporaryFolder>>;
let photos: string;
const at = (...names: string[]) => join(place.path, ...names);

async function call(...argv: string[]) {
  const output = recordOutput();
  const code = await run(argv, output);
  return { code, out: output.stdout, err: output.stderr };
}
async function json(...argv: string[]) {
  const { code, out } = await call(...argv, '--json', '--quiet');
  return { code, value: JSON.parse(out) as Record<string, unknown> };
}

beforeAll(async () => {
  await useBuiltWorker();
  place = await temporaryFolder();
  photos = at('photos');
  await writePictures(photos, { perClass: 4, size: 40 });
});
afterAll(() => place.remove());

describe('inspect', () => {
  it('counts classes, formats and sizes', async () => {
    const { code, value } = await json('inspect', photos);
    expect(code).toBe(0);
    expect(value).toMatchObject({
      samples: 12,
      classes: ['cross', 'disc', 'square'].map((name) => ({ name, samples: 4 })),
      formats: { png: 3, jpeg: 6, webp: 3 },
      width: [40, 44, 48],
      height: [40, 40, 40],
      corrupt: [],
    });
    const text = await call('inspect', photos);
    expect(text.out).toMatch(/12 samples of 3 classes, 4 to 4 each[\s\S]*3 png, 6 jpeg, 3 webp|6 jpeg/);
  });

  it('names files that cannot be read and duplicates, and ends with 1', async () => {
    const bad = at('bad');
    await writePictures(bad, { perClass: 2, size: 24 });
    await copyFile(join(bad, 'disc/000.png'), join(bad, 'square/copy.png'));
    await writeFile(join(bad, 'disc/torn.jpg'), (await readFile(join(bad, 'disc/001.JPG'))).subarray(0, 300));
    await writeFile(join(bad, 'disc/text.png'), 'no picture at all');
    const { code, value } = await json('inspect', bad);
    expect(code).toBe(1);
    expect(value.duplicates).toEqual([['disc/000.png', 'square/copy.png']]);
    const found = value.corrupt as { id: string; code: string }[];
    expect(found.map(({ id, code: why }) => [id, why])).toEqual([
      ['disc/text.png', 'E_FORMAT'],
      ['disc/torn.jpg', expect.stringMatching(/^E_(TRUNCATED|CORRUPT)$/)],
    ]);
    const text = await call('inspect', bad);
    expect(text).toMatchObject({ code: 1 });
    expect(text.out).toMatch(/2 cannot be read, 1 group of duplicates/);
    expect(text.out).toMatch(/same: disc\/000\.png, square\/copy\.png/);
  });

  it('says what is wrong with the path and with the data itself', async () => {
    expect(await call('inspect', at('nothing'))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/nothing/),
    });
    await mkdir(at('empty'), { recursive: true });
    expect((await call('inspect', at('empty'))).code).toBe(1);
    expect((await call('inspect')).code).toBe(2);
  });
});

describe('shard, prepare and inspect of what they wrote', () => {
  it('packs a folder into shards that hold the same', async () => {
    const { code, value } = await json(
      'shard',
      photos,
      '--out',
      at('shards'),
      '--per-shard',
      '5',
      '--seed',
      '1',
    );
    expect(code).toBe(0);
    expect(value).toMatchObject({ samples: 12, shards: 3 });
    const inspected = await json('inspect', at('shards'));
    expect(inspected).toMatchObject({ code: 0, value: { samples: 12, corrupt: [] } });
    expect(inspected.value.classes).toEqual((await json('inspect', photos)).value.classes);
    const again = await call('shard', photos, '--out', at('shards'));
    expect(again).toMatchObject({
      code: 1,
      err: expect.stringMatching(/holds other files, such as cuemix-shards/),
    });
    const packed = await call('shard', at('shards'), '--out', at('more'));
    expect(packed).toMatchObject({ code: 2, err: expect.stringMatching(/packed already/) });
    expect((await call('shard', photos, '--out', at('x'), '--per-shard', '0')).code).toBe(2);
  });

  it('prepares pictures of one size', async () => {
    const { code, value } = await json('prepare', photos, '--out', at('ready'), '--size', '24');
    expect(code).toBe(0);
    expect(value).toMatchObject({ pictures: 12, refused: [] });
    const inspected = await json('inspect', at('ready'));
    expect(inspected).toMatchObject({ code: 0, value: { samples: 12, height: [24, 24, 24], corrupt: [] } });
    expect((await call('prepare', photos, '--out', at('ready'), '--size', '24')).code).toBe(1);
    expect((await call('prepare', photos, '--out', at('y'), '--size', 'big')).code).toBe(2);
  });

  it('fail where nothing can be read, whatever is done with bad samples', async () => {
    await writeTree(at('broken'), { 'a/page.jpg': '<html>not found</html>' });
    for (const argv of [
      ['preview', at('broken'), '--out', at('none.jpg')],
      ['prepare', at('broken'), '--out', at('none'), '--on-error', 'skip', '--workers', '0'],
      ['shard', at('broken'), '--out', at('none'), '--on-error', 'skip'],
    ])
      expect(await call(...argv)).toMatchObject({ code: 1, err: expect.stringMatching(/can be read/) });
  });
});

describe('preview', () => {
  it('draws a sheet of a batch, the same each time, another for another epoch', async () => {
    const sheet = at('sheet.jpg');
    const first = await json(
      'preview',
      photos,
      '--out',
      sheet,
      '--count',
      '6',
      '--size',
      '32',
      '--seed',
      '3',
    );
    expect(first.code).toBe(0);
    expect(first.value.samples).toHaveLength(6);
    const { format, width } = await sharp(sheet).metadata();
    expect(format).toBe('jpeg');
    expect(width).toBeGreaterThan(3 * 32);
    const bytes = await readFile(sheet);
    await call('preview', photos, '--out', sheet, '--count', '6', '--size', '32', '--seed', '3');
    expect((await readFile(sheet)).equals(bytes)).toBe(true);
    const other = await json(
      'preview',
      photos,
      '--out',
      sheet,
      '--count',
      '6',
      '--epoch',
      '1',
      '--seed',
      '3',
    );
    expect(other.value.samples).not.toEqual(first.value.samples);
  });

  it('takes a list of transforms, and refuses one that is none', async () => {
    const list = JSON.stringify([{ name: 'centerCrop', options: { size: 24 } }, { name: 'grey' }]);
    await writeFile(at('list.json'), list);
    for (const told of [list, at('list.json')]) {
      const { code } = await json('preview', photos, '--out', at('grey.jpg'), '--transforms', told);
      expect(code).toBe(0);
    }
    const { data } = await sharp(at('grey.jpg')).raw().toBuffer({ resolveWithObject: true });
    expect(data.length).toBeGreaterThan(0);
    for (const told of ['[{"nam":1}]', '[{"name":"nonesuch"}]', at('missing.json')])
      expect((await call('preview', photos, '--out', at('z.jpg'), '--transforms', told)).code).toBe(2);
    expect((await call('preview', photos, '--set', 'epochs=3')).code).toBe(2);
  });

  it('draws the batch that a recipe trains on, and its auxiliary view', async () => {
    const recipe = [
      'data:',
      `  train: { source: ${JSON.stringify(photos)}, transforms: [{ randomResizedCrop: { size: 48 } }] }`,
      'batch: { size: 6, transforms: [{ cueConflict: { size: 32 } }, cutmix, normalize] }',
      'model: { resnet: { block: basic, layers: [1, 1, 1, 1], routes: [main, aux] } }',
      'optimizer: { sgd: {} }',
      'schedule: { rate: 0.1 }',
      'epochs: 1',
    ].join('\n');
    await writeFile(at('recipe.yaml'), recipe);
    const { code, value } = await json('preview', at('recipe.yaml'), '--out', at('r.jpg'), '--count', '4');
    expect(code).toBe(0);
    const sheets = value.sheets as {
      out: string;
      route: string;
      samples: { label: { weight: number }[] }[];
    }[];
    expect(sheets.map(({ route }) => route)).toEqual(['main', 'aux']);
    for (const { out, samples } of sheets) {
      expect((await stat(out)).size).toBeGreaterThan(1000);
      expect(samples).toHaveLength(4);
      for (const { label } of samples)
        expect(label.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 6);
    }
    expect(sheets[1]!.out).toBe(at('r-aux.jpg'));
  });
});
