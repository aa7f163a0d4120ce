import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../../../src/core/hash.js';
import { readDataset } from '../../../src/styletransfer/dataset/finished.js';
import { datasetText, sealDataset } from '../../../src/styletransfer/dataset/manifest.js';
import { mergeDatasets } from '../../../src/styletransfer/dataset/merge.js';
import { verifyDataset } from '../../../src/styletransfer/dataset/verify.js';
import { type GenerateOptions, generateCueConflict } from '../../../src/styletransfer/generate.js';
import { temporaryFolder, writePictures } from '../../helpers/fixtures.js';
import { fakePainter, treeOf } from '../fake.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let base: Omit<GenerateOptions, 'out'>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(at('content'), { perClass: 6 });
  // A truncated picture: its refusal must be told once, whichever parts met it.
  const broken = await readFile(at('content/disc/000.png'));
  await writeFile(at('content/disc/broken.png'), broken.subarray(0, broken.length >> 1));
  base = {
    content: at('content'),
    styles: 'self',
    size: { width: 24, height: 24 },
    styleSize: 24,
    batch: 3,
    group: 5,
    stylesPerImage: 2,
    previews: 7,
    painter: fakePainter(),
  };
});

afterAll(() => folder.remove());

async function parts(name: string, count: number, options: Partial<GenerateOptions> = {}): Promise<string[]> {
  const roots = Array.from({ length: count }, (_, place) => at(`${name}-${place + 1}`));
  for (const [place, out] of roots.entries()) {
    await generateCueConflict({ ...base, ...options, out, shard: { index: place + 1, count } });
  }
  return roots;
}

describe('mergeDatasets', () => {
  it.each([
    ['folder', 'random', 3],
    ['folder', 'stratified', 2],
    ['tar', 'random', 2],
    ['tar', 'stratified', 11],
  ] as const)('gives the bytes of the unsplit run (%s, %s, %i parts)', async (format, pairing, count) => {
    const name = `${format}-${pairing}`;
    const roots = await parts(name, count, { format, pairing });
    await mergeDatasets({ parts: roots.toReversed(), out: at(`${name}-merged`) });
    await generateCueConflict({ ...base, format, pairing, out: at(`${name}-whole`) });
    expect(await treeOf(at(`${name}-merged`))).toEqual(await treeOf(at(`${name}-whole`)));
  });

  it('says which parts are missing, strange or unfinished', async () => {
    const roots = await parts('few', 3);
    const out = at('few-merged');
    await expect(mergeDatasets({ parts: roots.slice(0, 2), out })).rejects.toThrow('missing: 3');
    await expect(mergeDatasets({ parts: [...roots, roots[0]!], out })).rejects.toThrow('twice');
    const [other] = await parts('other', 3, { seed: 5 });
    await expect(mergeDatasets({ parts: [other!, ...roots.slice(1)], out })).rejects.toThrow(
      'do not belong together',
    );
    await rm(join(roots[0]!, 'dataset.json'));
    await expect(mergeDatasets({ parts: roots, out })).rejects.toThrow('finished');
  });

  it.each([
    '../escaped.jpg',
    'images/../../escaped.jpg',
    '.cuemix/run.json',
    '/etc/escaped.jpg',
    'escaped.jpg',
  ])('refuses a part with hashes in order that would write %s', async (path) => {
    const root = at('forged');
    await rm(root, { recursive: true, force: true });
    await rm(at('forged-merged'), { recursive: true, force: true });
    await generateCueConflict({ ...base, out: root, shard: { index: 1, count: 1 } });
    const [first, ...rest] = (await readFile(join(root, 'manifest.jsonl'), 'utf8')).split('\n');
    const text = [canonicalJson({ ...JSON.parse(first!), path }), ...rest].join('\n');
    await writeFile(join(root, 'manifest.jsonl'), text);
    const { hash: _, files, ...head } = (await readDataset(root))!;
    const forged = { path: 'manifest.jsonl', bytes: Buffer.byteLength(text), sha256: sha256(text) };
    const [, ...others] = files;
    await writeFile(
      join(root, 'dataset.json'),
      datasetText(sealDataset({ ...head, files: [forged, ...others] })),
    );
    await expect(mergeDatasets({ parts: [root], out: at('forged-merged') })).rejects.toMatchObject({
      code: 'E_FORMAT',
    });
    expect((await verifyDataset(root)).ok).toBe(false);
  });

  it('refuses a damaged picture and goes on when the part was made again', async () => {
    const roots = await parts('bad', 2);
    const out = at('bad-merged');
    const first = Object.keys(await treeOf(roots[1]!)).find((path) => path.startsWith('images/'))!;
    const bytes = await readFile(join(roots[1]!, first));
    const good = Buffer.from(bytes);
    bytes[100]! ^= 1;
    await writeFile(join(roots[1]!, first), bytes);
    await expect(mergeDatasets({ parts: roots, out })).rejects.toMatchObject({ code: 'E_HASH' });
    await writeFile(join(roots[1]!, first), good);
    await mergeDatasets({ parts: roots, out });
    await generateCueConflict({ ...base, out: at('bad-whole') });
    expect(await treeOf(out)).toEqual(await treeOf(at('bad-whole')));
  });
});
