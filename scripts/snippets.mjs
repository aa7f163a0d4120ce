/**
 * `npm run snippets [-- title…]`: runs the code of README.md and docs/ against this working tree, in an empty project.
 * `npm run pack-check` does the same with the packed tarball.
 */
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './support/ready.mjs';
import { fail, root } from './support/run.mjs';
import { allSnippets, drawInputs, runSnippet } from './support/snippets.mjs';

const wanted = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'cuemix-snippets-'));
try {
  await ensureBuilt();
  await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
  await symlink(root, join(folder, 'node_modules/cuemix'));
  await symlink(join(root, 'dist/cli/main.js'), join(folder, 'node_modules/.bin/cuemix'));
  for (const name of ['@tensorflow', 'sharp']) {
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  await drawInputs(folder);
  for (const snippet of await allSnippets()) {
    if (wanted.length > 0 && !wanted.includes(snippet.title)) continue;
    const start = performance.now();
    const output = await runSnippet(snippet, folder);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`--- ${snippet.source} ${snippet.title} (${seconds} s)\n${output.trimEnd()}`);
  }
} catch (error) {
  fail(error);
} finally {
  await rm(folder, { recursive: true, force: true });
}
