import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Bundles TypeScript for threads and processes, which cannot load it as it is: a file of the project, or a text. The
 * script lies in `.cache/test`, where it finds the packages. Gives its path.
 */
export async function bundleScript(
  what: { readonly entry: string } | { readonly source: string },
  name: string,
): Promise<string> {
  const folder = join(root, '.cache', 'test');
  await mkdir(folder, { recursive: true });
  const outfile = join(folder, `${name}-${process.pid}.mjs`);
  await build({
    ...('entry' in what
      ? { entryPoints: [join(root, what.entry)] }
      : { stdin: { contents: what.source, resolveDir: root, loader: 'ts' as const } }),
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return outfile;
}
