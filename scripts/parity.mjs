/** `npm run parity`: the cases of a golden folder through the built library; see test/parity/main.ts. */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ensureBuilt, ensureEngine } from './support/ready.mjs';
import { fail, root } from './support/run.mjs';

/** The runner is TypeScript written against src/; here it runs on what the package ships, dist/. */
const onDist = {
  name: 'on-dist',
  setup({ onResolve }) {
    onResolve({ filter: /\/src\/.*\.js$/ }, ({ path, resolveDir }) => {
      const source = resolve(resolveDir, path);
      return {
        path: pathToFileURL(source.replace(join(root, 'src'), join(root, 'dist'))).href,
        external: true,
      };
    });
  },
};

// Under --json nothing but the document may reach standard output.
if (process.argv.includes('--json')) console.log = console.error;

const bundle = join(root, 'node_modules', '.cache', `parity-${process.pid}.mjs`);
try {
  await ensureBuilt();
  await ensureEngine();
  await mkdir(dirname(bundle), { recursive: true });
  await build({
    entryPoints: [join(root, 'test/parity/main.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    plugins: [onDist],
    logLevel: 'error',
  });
  const { main } = await import(pathToFileURL(bundle).href);
  const shared = join(root, '..', 'shared', 'golden');
  process.exitCode = await main(
    process.argv.slice(2),
    existsSync(shared) ? shared : join(root, 'test', 'golden'),
  );
} catch (error) {
  fail(error);
} finally {
  await rm(bundle, { force: true });
}
