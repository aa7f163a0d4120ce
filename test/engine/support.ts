import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import type { Installer } from '../../src/engine/setup/installer.js';
import type { PinnedTarget, PinnedWheel } from '../../src/engine/setup/pinned.js';
import { writeZip } from '../../src/io/zip/zip-write.js';

/** A folder that is removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cuemix-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A wheel with two tiny libraries and some files that must stay behind. */
export function tinyWheel(
  name: string,
  files: Readonly<Record<string, string>>,
): { bytes: Uint8Array; pin: PinnedWheel } {
  const members = Object.entries(files).map(([path, text]) => ({ name: path, data: Buffer.from(text) }));
  const bytes = writeZip(members);
  const sum = createHash('sha256').update(bytes).digest('hex');
  const pin = { name, version: '1.0', sha256: [sum], requirement: `${name}==1.0 --hash=sha256:${sum}` };
  return { bytes, pin };
}

/** What the TensorFlow wheel looks like from afar. */
export const TINY_FILES = {
  'tensorflow/libtensorflow_framework.so.2': 'framework',
  'tensorflow/libtensorflow_cc.so.2': 'c api',
  'tensorflow/__init__.py': 'no',
  'tensorflow-1.0.dist-info/METADATA': 'no',
  'nvidia/cublas/lib/../../../evil.so': 'no',
} as const;

/** A target that needs no room. */
export const TINY_TARGET: PinnedTarget = {
  id: 'tiny-cpu',
  tags: ['any'],
  downloadBytes: 1,
  largestWheelBytes: 1,
  installedBytes: 1,
};

/**
 * A pip that copies `<name>-1.0-py3-none-any.whl` out of `folder` into the folder after `-d` (or "unpacks" a uv target
 * with the files of `<name>.json`), after `delayMs`, and appends the name to `<folder>/calls`.
 */
export async function fakeInstaller(
  folder: string,
  kind: Installer['kind'] = 'pip',
  delayMs = 0,
): Promise<Installer> {
  const script = join(folder, 'fake-installer.mjs');
  await writeFile(
    script,
    `import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
    import { dirname, join } from 'node:path';
    const value = (flag) => process.argv[process.argv.indexOf(flag) + 1];
    const name = readFileSync(value('-r'), 'utf8').split('==')[0];
    appendFileSync(${JSON.stringify(join(folder, 'calls'))}, name + '\\n');
    if (name === 'fails') { console.error('ERROR: no such wheel'); process.exit(1); }
    setTimeout(() => {
      if (process.argv.includes('download')) {
        const file = name + '-1.0-py3-none-any.whl';
        copyFileSync(join(${JSON.stringify(folder)}, file), join(value('-d'), file));
        return;
      }
      const files = JSON.parse(readFileSync(join(${JSON.stringify(folder)}, name + '.json'), 'utf8'));
      for (const [path, text] of Object.entries(files)) {
        const to = join(value('--target'), path);
        mkdirSync(dirname(to), { recursive: true });
        writeFileSync(to, text);
      }
    }, ${delayMs});`,
  );
  await chmod(script, 0o755);
  return { kind, command: [process.execPath, script], version: 'fake' };
}

/** The names that a fake installer was asked for. */
export async function calls(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'calls'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

/** Bundles a TypeScript program so that a child process can run it; gives the file. */
export async function bundleProgram(source: string, outfile: string): Promise<string> {
  await build({
    stdin: { contents: source, resolveDir: dirname(import.meta.filename), loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}
