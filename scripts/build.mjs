/** `npm run build`: the kernel bundle into vendor/, the library and its types into dist/. */
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, node, root } from './support/run.mjs';

try {
  await node(join(root, 'scripts/bundle-kernels.mjs'));
  await rm(join(root, 'dist'), { recursive: true, force: true });
  await node(join(root, 'node_modules/typescript/bin/tsc'), ['-p', 'tsconfig.build.json']);
  await chmod(join(root, 'dist/cli/main.js'), 0o755);
} catch (error) {
  fail(error);
}
