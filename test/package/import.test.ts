import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const recorder = join(root, 'test/package/fixtures/record-loads.mjs');
const manifest: { readonly exports: Readonly<Record<string, string | { types: string; default: string }>> } =
  createRequire(import.meta.url)('../../package.json');
const entries = Object.entries(manifest.exports).flatMap(([path, target]) =>
  typeof target === 'string' ? [] : [[path, target.default] as const],
);

const HEAVY = /node_modules\/(@tensorflow|@img|@koromix|koffi|sharp)\/|libtensorflow|libvips|\.node$/;

/** Everything that a fresh process loads when it imports `file` of the built package. */
async function loadedBy(file: string): Promise<string[]> {
  const url = pathToFileURL(join(root, file)).href;
  const { stdout } = await promisify(execFile)(process.execPath, [recorder, url], { cwd: root });
  return JSON.parse(stdout);
}

describe('importing the built package', () => {
  it.each(['dist/index.js', 'dist/core/index.js', 'dist/io/index.js'])(
    '%s loads neither TensorFlow, sharp nor any native module',
    async (file) => {
      const loaded = await loadedBy(file);
      expect(loaded.some((name) => name.endsWith(file))).toBe(true);
      expect(loaded.filter((name) => HEAVY.test(name))).toEqual([]);
    },
  );

  it('would be noticed: the recorder sees CommonJS, ES modules and shared objects', async () => {
    const loaded = await loadedBy('node_modules/sharp/dist/index.mjs');
    expect(loaded.some((name) => name.endsWith('sharp/dist/index.mjs'))).toBe(true);
    expect(loaded.some((name) => /sharp-.*\.node$/.test(name))).toBe(true);
    const tfjs = await loadedBy('node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js');
    expect(tfjs.some((name) => HEAVY.test(name))).toBe(true);
  });

  it.each(entries)('%s can be imported and exports something', async (_path, file) => {
    const names = Object.keys(await import(pathToFileURL(join(root, file)).href));
    expect(names.length).toBeGreaterThan(0);
  });
});
