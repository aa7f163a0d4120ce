import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from '../../support/run.mjs';

export const recipes = join(root, 'recipes/small');

/** Where the results are that the repository keeps. */
export const kept = join(root, 'docs/experiments/debiasing');

export async function exists(path) {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Writes a file whole or not at all. */
export async function writeJson(path, value) {
  await writeText(path, `${JSON.stringify(value, undefined, 1)}\n`);
}

export async function writeText(path, text) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}
