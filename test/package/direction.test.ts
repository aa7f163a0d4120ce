import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeTree } from '../helpers/fixtures.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
const LAYERS = [
  ['core'],
  ['io'],
  ['engine'],
  ['datasets', 'transforms', 'models'],
  ['styletransfer'],
  ['trainers'],
  ['report'],
  ['cli'],
];
const NATIVE = ['koffi', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-node', '@tensorflow/tfjs'];
const specifiers = [...LAYERS.flat().map((folder) => `../${folder}/index.js`), ...NATIVE, 'sharp'];

/** Which of `specifiers` the repository's lint rule refuses in each folder of src. */
async function refusals(): Promise<Map<string, string[]>> {
  const folder = await temporaryFolder();
  try {
    const probe = specifiers.map((name, i) => `export * as m${i} from '${name}';\n`).join('');
    const files = LAYERS.flat().map((name) => [`src/${name}/probe.ts`, probe] as const);
    await writeTree(folder.path, Object.fromEntries(files));
    copyFileSync(join(root, 'biome.json'), join(folder.path, 'biome.json'));
    const args = [
      'lint',
      '--only=style/noRestrictedImports',
      '--vcs-enabled=false',
      '--reporter=json',
      '--max-diagnostics=none',
    ];
    const { stdout } = spawnSync(process.execPath, [biome, ...args], { cwd: folder.path, encoding: 'utf8' });
    const { diagnostics }: { diagnostics: { location: { path: string; start: { line: number } } }[] } =
      JSON.parse(stdout);
    const result = new Map<string, string[]>(LAYERS.flat().map((name) => [name, []]));
    for (const { location } of diagnostics) {
      result.get(location.path.split('/')[1]!)?.push(specifiers[location.start.line - 1]!);
    }
    return result;
  } finally {
    await folder.remove();
  }
}

describe('dependencies point one way', async () => {
  const refused = await refusals();

  it.each(LAYERS.flatMap((folders, level) => folders.map((folder) => [folder, level] as const)))(
    'the lint rule knows what src/%s may import',
    (folder, level) => {
      const later = LAYERS.slice(level + 1)
        .flat()
        .map((name) => `../${name}/index.js`);
      const native = folder === 'engine' ? [] : NATIVE;
      const decoding = level < 2 ? ['sharp'] : [];
      expect(new Set(refused.get(folder))).toEqual(new Set([...later, ...native, ...decoding]));
    },
  );
});
