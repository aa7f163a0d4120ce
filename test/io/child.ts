import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const sources = fileURLToPath(new URL('../../src/io/files/', import.meta.url));

/** Bundles atomic.ts and lock.ts into `folder` for child processes, which cannot run TypeScript; returns the path. */
export async function bundleIo(folder: string): Promise<string> {
  const outfile = join(folder, 'io.mjs');
  await build({
    stdin: { contents: `export * from './atomic.js'; export * from './lock.js';`, resolveDir: sources },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

/** A finished child process. */
export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

/** Starts `node` on `script`, which may use `io` (that bundle); `limit` is a shell command run before, such as ulimit. */
export function startNode(
  io: string,
  script: string,
  limit = ':',
): { child: ChildProcess; finished: Promise<Finished> } {
  const source = `import * as io from ${JSON.stringify(io)};\n${script}`;
  const child = spawn(
    'bash',
    ['-c', `${limit}; exec "$0" --input-type=module -e "$1"`, process.execPath, source],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const finished = new Promise<Finished>((resolve) => child.on('close', (code) => resolve({ code, output })));
  return { child, finished };
}
