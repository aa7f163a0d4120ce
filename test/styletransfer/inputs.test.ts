import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ManifestEntry, Refusal } from '../../src/styletransfer/dataset/manifest.js';
import { verifyDataset } from '../../src/styletransfer/dataset/verify.js';
import { type GenerateOptions, generateCueConflict } from '../../src/styletransfer/generate.js';
import { encode, temporaryFolder, writePictures, writeTree } from '../helpers/fixtures.js';
import { describeShared } from '../helpers/shared.js';
import { fakePainter, treeOf } from './fake.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const square = { width: 24, height: 24 };

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(at('content'), { perClass: 4 });
  await writePictures(at('styles'), { perClass: 3, classes: ['art'] });
  const picture = await encode({ shape: 'disc', texture: 'dots', width: 40, height: 40 }, '.jpg');
  await cp(at('content'), at('bad-content'), { recursive: true });
  await writeFile(at('bad-content/disc/cut.jpg'), picture.subarray(0, picture.length - 200));
  await writeFile(at('bad-content/disc/empty.jpg'), '');
  await writeFile(at('bad-content/disc/page.jpg'), '<html>not found</html>');
  await cp(at('styles'), at('bad-styles'), { recursive: true });
  await writeFile(at('bad-styles/art/cut.jpg'), picture.subarray(0, picture.length - 200));
});

afterAll(() => folder.remove());

const options = (out: string, more: Partial<GenerateOptions> = {}): GenerateOptions => ({
  content: at('content'),
  styles: at('styles'),
  out: at(out),
  size: square,
  styleSize: 24,
  group: 4,
  painter: fakePainter(),
  ...more,
});

async function lines<T>(root: string, name: string): Promise<T[]> {
  const text = await readFile(join(root, name), 'utf8');
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line): T => JSON.parse(line));
}

describe('unreadable content pictures', () => {
  it('are set aside with a code, and the counts add up', async () => {
    const { dataset, out } = await generateCueConflict(
      options('quarantine', { content: at('bad-content'), stylesPerImage: 2 }),
    );
    const refusals = await lines<Refusal>(out, 'quarantine.jsonl');
    expect(refusals.map(({ path, code, role }) => [path, code, role])).toEqual([
      ['disc/cut.jpg', 'E_TRUNCATED', 'content'],
      ['disc/empty.jpg', 'E_EMPTY', 'content'],
      ['disc/page.jpg', 'E_FORMAT', 'content'],
    ]);
    expect(JSON.stringify(refusals)).not.toContain(folder.path);
    expect(dataset.counts.contents).toEqual({ found: 15, refused: 3 });
    expect(dataset.counts.outputs).toEqual({ planned: 26, delivered: 24, refused: 2 }); // the cut one had a good header
    expect(refusals[0]!.outputs).toHaveLength(2);
    expect((await verifyDataset(out)).ok).toBe(true);
  });

  it('end the run when asked to', async () => {
    const run = generateCueConflict(options('fail', { content: at('bad-content'), onError: 'fail' }));
    await expect(run).rejects.toMatchObject({ name: 'DecodeError' });
  });

  it('are planned around where counts must be exact', async () => {
    const { dataset } = await generateCueConflict(
      options('exact', { content: at('bad-content'), styles: 'self', pairing: 'stratified', perCell: 3 }),
    );
    expect(dataset.counts.outputs).toEqual({ planned: 18, delivered: 18, refused: 0 });
    expect(dataset.counts.contents.refused).toBe(3);
  });
});

describe('unreadable styles', () => {
  it('are replaced by another draw, and no output is lost', async () => {
    const { dataset, out } = await generateCueConflict(
      options('restyled', { styles: at('bad-styles'), stylesPerImage: 2 }),
    );
    expect(dataset.counts.outputs).toEqual({ planned: 24, delivered: 24, refused: 0 });
    expect(dataset.counts.styles).toEqual({ found: 4, refused: 1 });
    const entries = await lines<ManifestEntry>(out, 'manifest.jsonl');
    expect(entries.some(({ redraws }) => redraws > 0)).toBe(true);
    expect(entries.some(({ style }) => style.includes('cut'))).toBe(false);
    for (const content of new Set(entries.map((entry) => entry.content))) {
      const styles = entries.filter((entry) => entry.content === content).map(({ style }) => style);
      expect(new Set(styles).size).toBe(styles.length);
    }
  });
});

describe('hostile names and places', () => {
  it('stay inside the dataset, under safe names', async () => {
    const picture = await encode({ shape: 'cross', texture: 'checks', width: 30, height: 30 });
    const names = [
      '<img src=x onerror=alert(1)>',
      'CON',
      'a b',
      'é',
      'e\u0301',
      '-rf',
      `long${'x'.repeat(240)}`,
    ];
    await writeTree(at('odd'), Object.fromEntries(names.map((name) => [`${name}/ü &<.png`, picture])));
    const { dataset, out } = await generateCueConflict(options('odd-out', { content: at('odd') }));
    expect(dataset.counts.outputs.delivered).toBe(7);
    const pictures = Object.keys(await treeOf(out)).filter((path) => path.startsWith('images/'));
    expect(pictures).toHaveLength(7);
    for (const path of pictures)
      expect(path).toMatch(/^images\/[\p{L}\p{N}\p{M}._-]+\/[\p{L}\p{N}\p{M}._-]+-0\.jpg$/u);
    const entries = await lines<ManifestEntry>(out, 'manifest.jsonl');
    expect(entries.map(({ shape }) => shape.name).sort()).toEqual([...names].sort());
  });

  it('never write through a link in the dataset', async () => {
    await mkdir(at('elsewhere'));
    await mkdir(at('linked'));
    await symlink(at('elsewhere'), at('linked/images'));
    await expect(generateCueConflict(options('linked'))).rejects.toMatchObject({ code: 'E_PATH' });
    expect(await treeOf(at('elsewhere'))).toEqual({});
  });

  it('refuse an output folder among the inputs, and inputs that are none', async () => {
    await expect(generateCueConflict(options('content/out'))).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(generateCueConflict(options('styles'))).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(generateCueConflict(options('x', { content: at('nowhere') }))).rejects.toMatchObject({
      code: 'E_PATH',
    });
    await mkdir(at('nothing'), { recursive: true });
    await expect(generateCueConflict(options('x', { styles: at('nothing') }))).rejects.toMatchObject({
      code: 'E_EMPTY',
    });
  });

  it('refuse pictures too small for a network that keeps sizes', async () => {
    await writeTree(at('tiny'), {
      'a.png': await encode({ shape: 'disc', texture: 'plain', width: 15, height: 40 }),
      'b.png': await encode({ shape: 'disc', texture: 'plain', width: 50, height: 41 }),
    });
    const { out } = await generateCueConflict(
      options('tiny-out', { content: at('tiny'), size: 'keep', image: 'png' }),
    );
    const [entry] = await lines<ManifestEntry>(out, 'manifest.jsonl');
    expect([entry!.width, entry!.height, entry!.path]).toEqual([50, 41, 'images/unsorted/b-0.png']);
    expect(await lines<Refusal>(out, 'quarantine.jsonl')).toMatchObject([
      { path: 'a.png', code: 'E_TOO_SMALL' },
    ]);
  });
});

describeShared('a dataset from every malformed picture', (shared) => {
  it('takes the good, refuses the bad, and accounts for all', async () => {
    const { dataset, out } = await generateCueConflict(
      options('malformed', { content: join(shared, 'data/malformed/images') }),
    );
    const { contents, outputs } = dataset.counts;
    expect(contents.found - contents.refused).toBe(outputs.delivered);
    expect(contents.refused).toBeGreaterThan(15);
    expect((await verifyDataset(out)).ok).toBe(true);
  });
});
