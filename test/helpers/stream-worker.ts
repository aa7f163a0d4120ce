import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { setWorkerEntry } from '../../src/datasets/stream/thread.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles the worker of streams, which threads cannot load from TypeScript, and has streams use it. */
export async function useBuiltWorker(): Promise<void> {
  const folder = join(root, '.cache', 'stream');
  await mkdir(folder, { recursive: true });
  const outfile = join(folder, `worker-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, 'src/datasets/stream/worker.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  setWorkerEntry(pathToFileURL(outfile));
}

/** Bundles a module of loaders or transforms for worker threads; gives its path. */
export async function buildModule(name: string, source: string): Promise<string> {
  const outfile = join(root, '.cache', 'stream', `${name}-${process.pid}.mjs`);
  await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return outfile;
}
