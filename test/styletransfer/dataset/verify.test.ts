import { copyFile, cp, mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { verifyDataset } from '../../../src/styletransfer/dataset/verify.js';
import { generateCueConflict } from '../../../src/styletransfer/generate.js';
import { temporaryFolder, writePictures } from '../../helpers/fixtures.js';
import { fakePainter, treeOf } from '../fake.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(at('content'), { perClass: 3 });
  for (const format of ['folder', 'tar'] as const) {
    await generateCueConflict({
      content: at('content'),
      styles: 'self',
      out: at(format),
      size: { width: 16, height: 16 },
      styleSize: 16,
      group: 4,
      format,
      previews: 2,
      painter: fakePainter(),
    });
  }
});

afterAll(() => folder.remove());

const codes = async (root: string) =>
  (await verifyDataset(root)).problems.map(({ code, path }) => `${code} ${path}`);

describe('verifyDataset', () => {
  it('finds nothing wrong with a whole dataset', async () => {
    const { ok, pictures, problems } = await verifyDataset(at('folder'));
    expect({ ok, pictures, problems }).toEqual({ ok: true, pictures: 9, problems: [] });
    expect(await verifyDataset(at('tar'))).toMatchObject({ ok: true, pictures: 9 });
  });

  it.each(['folder', 'tar'])('notices each of a thousand flipped bits (%s)', async (format) => {
    const root = at(format);
    const paths = Object.keys(await treeOf(root)).sort();
    const contents = await Promise.all(paths.map((path) => readFile(join(root, path))));
    const rng = Rng.of('bit flips').at(format);
    const silent: string[] = [];
    for (let trial = 0; trial < 500; trial++) {
      const place = rng.integer(paths.length); // every file equally likely, small ones too
      const bytes = Buffer.from(contents[place]!);
      if (bytes.length === 0) continue;
      const bit = rng.integer(bytes.length * 8);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(join(root, paths[place]!), bytes);
      if ((await verifyDataset(root)).ok) silent.push(`${paths[place]} bit ${bit}`);
      await writeFile(join(root, paths[place]!), contents[place]!);
    }
    expect(silent).toEqual([]);
  });

  it('notices flipped bits all over dataset.json', async () => {
    const path = join(at('folder'), 'dataset.json');
    const good = await readFile(path);
    const root = at('document');
    const silent: number[] = [];
    await mkdir(root);
    for (let bit = 0; bit < good.length * 8; bit += 11) {
      const bytes = Buffer.from(good);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(join(root, 'dataset.json'), bytes);
      const { problems } = await verifyDataset(root);
      if (!problems.some(({ path }) => path === 'dataset.json')) silent.push(bit);
    }
    expect(silent).toEqual([]);
  });

  it('names what is missing, cut, added or linked', async () => {
    const root = at('hurt');
    await cp(at('folder'), root, { recursive: true });
    const pictures = Object.keys(await treeOf(root)).filter((path) => path.startsWith('images/'));
    await rm(join(root, pictures[0]!));
    await truncate(join(root, pictures[1]!), 10);
    await copyFile(join(root, pictures[2]!), join(root, dirname(pictures[2]!), 'extra.jpg'));
    await rm(join(root, pictures[3]!));
    await symlink('/etc/hostname', join(root, pictures[3]!));
    expect((await codes(root)).sort()).toEqual(
      [
        `E_MISSING ${pictures[0]}`,
        `E_HASH ${pictures[1]}`,
        `E_FOREIGN ${dirname(pictures[2]!)}/extra.jpg`,
        `E_MISSING ${pictures[3]}`,
      ].sort(),
    );
  });

  it('calls an unfinished dataset unfinished, and no dataset none', async () => {
    const root = at('unfinished');
    const stop = new AbortController();
    const options = {
      content: at('content'),
      styles: 'self',
      out: root,
      size: { width: 16, height: 16 },
      group: 2,
      painter: fakePainter(20),
    };
    const hooks = {
      signal: stop.signal,
      onProgress: ({ phase, done }: { phase: string; done: number }) => {
        if (phase === 'stylize' && done >= 6) stop.abort();
      },
    };
    await expect(generateCueConflict(options, hooks)).rejects.toThrow();
    expect(await codes(root)).toEqual(['E_INCOMPLETE dataset.json']);
    await expect(verifyDataset(at('content'))).rejects.toMatchObject({ code: 'E_PATH' });
  });
});
