import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRecipe } from '../../../src/styletransfer/plan/recipe.js';
import { survey } from '../../../src/styletransfer/plan/scan.js';
import { ScanMemory } from '../../../src/styletransfer/plan/scan-memory.js';
import { pictureMedium } from '../../../src/styletransfer/produce/medium.js';
import { encode, temporaryFolder, writePictures } from '../../helpers/fixtures.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(at('content'), { perClass: 3 });
  await mkdir(at('out'));
});

afterAll(() => folder.remove());

/** Looks at the content and tells which files were opened. */
async function look(pairing: 'random' | 'stratified' = 'random') {
  const recipe = parseRecipe({ styles: 'self', pairing });
  const medium = pictureMedium(recipe);
  const [opened, decoded]: [string[], string[]] = [[], []];
  const watched = {
    ...medium,
    probe(file: string) {
      opened.push(file);
      return medium.probe(file);
    },
    load(file: string) {
      decoded.push(file);
      return medium.load(file, undefined);
    },
  };
  const memory = await ScanMemory.read(at('out'));
  const inputs = { content: at('content'), styles: 'self' };
  const { plan, contents } = await survey(recipe, inputs, { workers: 2, failFast: false, memory }, watched);
  await memory.write(at('out'));
  return { opened, decoded, hash: plan.hash, files: contents.map(({ file }) => file) };
}

describe('what a scan remembers', () => {
  it('spares a second run every file that was not touched', async () => {
    const first = await look();
    expect(first.opened.sort()).toEqual(first.files.toSorted());
    const second = await look();
    expect(second).toMatchObject({ opened: [], hash: first.hash });
    const [touched] = first.files;
    await utimes(touched!, new Date(), new Date(2020, 1, 1));
    expect((await look()).opened).toEqual([touched]);
    expect((await look()).opened).toEqual([]);
  });

  it('notices another picture of the same name, time and size', async () => {
    const target = at('content/disc/other.jpg');
    const write = async (width: number) => {
      const bytes = await encode({ shape: 'disc', texture: 'dots', width, height: 19 }, '.jpg');
      await writeFile(target, Buffer.concat([bytes, Buffer.alloc(8000 - bytes.length)]));
      await utimes(target, new Date(), new Date(2021, 1, 1));
    };
    await write(30);
    const { hash } = await look();
    await write(31);
    const again = await look();
    expect(again.opened).toEqual([target]);
    expect(again.hash).not.toBe(hash);
  });

  it('spares a stratified run what was decoded before', async () => {
    expect((await look('stratified')).decoded.length).toBeGreaterThan(0);
    expect((await look('stratified')).decoded).toEqual([]);
  });

  it('is nothing where the file is damaged', async () => {
    const file = at('out/.cuemix/scan.jsonl');
    await writeFile(file, `{"not": 1}\n${await readFile(file, 'utf8')}`);
    const { opened, files } = await look();
    expect(opened.length).toBe(files.length);
  });
});
