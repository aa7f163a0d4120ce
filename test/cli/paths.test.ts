import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { run } from '../../src/cli/program.js';
import { temporaryFolder } from '../helpers/fixtures.js';
import { tinyRecipe, tinyText } from '../trainers/run/tiny.js';
import { recordOutput } from './recorder.js';

let place: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(place.path, name);
beforeAll(async () => {
  place = await temporaryFolder();
  await tinyRecipe(place.path);
  await writeFile(at('tiny.yaml'), tinyText(place.path));
  await writeFile(at('search.yaml'), `${tinyText(place.path)}search: { atomnas: { rho: 1e-4 } }\n`);
  await writeFile(at('file'), 'x');
  await mkdir(at('mine'));
  await writeFile(at('mine/notes.txt'), 'mine');
});
afterAll(() => place.remove());

async function call(argv: readonly string[]): Promise<{ code: number; err: string }> {
  const output = recordOutput();
  const words = argv.map((word) => word.replaceAll('@', `${place.path}/`));
  const code = await run([...words, '--quiet'], output);
  return { code, err: output.stderr };
}

/** @ stands for the test's folder, in which there is no `nope`. */
const MISSING: readonly (readonly string[])[] = [
  ['inspect', '@nope'],
  ['preview', '@nope'],
  ['preview', '@nope.yaml'],
  ['shard', '@nope', '--out', '@new'],
  ['prepare', '@nope', '--out', '@new'],
  ['stylize', '@nope', '--styles', '@data', '--out', '@new'],
  ['stylize', '@data', '--styles', '@nope', '--out', '@new'],
  ['stylize', '@data', '--styles', '@data', '--out', '@new', '--class-index', '@nope'],
  ['merge', '@data', '@nope', '--out', '@new'],
  ['verify', '@nope'],
  ['train', '@nope.yaml'],
  ['search', '@nope.yaml'],
  ['runs', '@nope'],
  ['eval', '@nope', '@data'],
  ['eval', '@file', '@nope'],
  ['eval', '@file', '@data', '--humans', '@nope'],
  ['train-stylizer', '--content', '@nope', '--styles', '@data', '--out', '@new'],
  ['volumes', 'inspect', '@nope'],
  ['volumes', 'preprocess', '@data', '--labels', '@nope', '--out', '@new'],
  ['volumes', 'import', '@nope', '--out', '@new'],
  ['volumes', 'view', '@nope'],
  ['describe', '@nope.json'],
  ['export', '@nope.safetensors', '--out', '@new'],
  ['export', 'resnet18', '--weights', '@nope', '--out', '@new'],
];

test('every verb that reads a path is tried', () => {
  const tried = new Set([...MISSING.map(([verb]) => verb), 'setup', 'doctor', 'models']);
  expect(COMMANDS.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
});

test.each(MISSING)('%s %s %s: a path that is not there is wrong usage', async (...argv) => {
  const before = await readdir(place.path);
  const { code, err } = await call(argv);
  expect(err).toMatch(/^error: .*nope.*\n$/);
  expect(code).toBe(2);
  expect(await readdir(place.path)).toEqual(before);
});

const FOLDERS: readonly (readonly string[])[] = [
  ['shard', '@data'],
  ['prepare', '@data'],
  ['stylize', '@data', '--styles', '@data'],
  ['merge', '@data'],
  ['train', '@tiny.yaml'],
  ['search', '@search.yaml'],
  ['eval', '@file', '@data'],
  ['train-stylizer', '--content', '@data', '--styles', '@data'],
  ['volumes', 'preprocess', '@data'],
];
const FILES: readonly (readonly string[])[] = [
  ['preview', '@data'],
  ['volumes', 'import', '@data'],
  ['volumes', 'view', '@file'],
  ['export', 'resnet18'],
];
const nowhere = process.platform === 'linux' ? ['/proc/nope', '/proc/nope/deep'] : [];

test('every verb with --out is tried', async () => {
  for (const { name } of COMMANDS) {
    const output = recordOutput();
    await run([name, '--help'], output);
    const tried = [...FOLDERS, ...FILES].some(([verb]) => verb === name);
    expect([name, output.stdout.includes('--out')]).toEqual([name, tried]);
  }
});

test.each(FOLDERS)('%s %s %s: --out that cannot be a folder is refused at once', async (...argv) => {
  for (const out of ['@file', '@file/below', ...nowhere]) {
    const { code, err } = await call([...argv, '--out', out]);
    expect([out, err]).toEqual([out, expect.stringMatching(/^error: Cannot write .*\n$/)]);
    expect(code).toBe(1);
  }
  const foreign = await call([...argv, '--out', '@mine']);
  expect(foreign.err).toMatch(/^error: Cannot write into .* other files, such as notes\.txt/);
  expect(foreign.code).toBe(1);
  expect(await readdir(at('mine'))).toEqual(['notes.txt']);
});

test.each(FILES)('%s %s: --out that cannot be a file is refused at once', async (...argv) => {
  for (const out of ['@mine', '@file/below', ...nowhere]) {
    const { code, err } = await call([...argv, '--out', out]);
    expect([out, err]).toEqual([out, expect.stringMatching(/^error: Cannot write .*\n$/)]);
    expect(code).toBe(1);
  }
});
