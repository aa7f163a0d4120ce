/** `npm run bench -- <name> [options]`: runs bench/<name>.mjs on a fresh build. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, ensureEngine } from './support/ready.mjs';
import { fail, node, root } from './support/run.mjs';

const [name, ...args] = process.argv.slice(2);
const file = join(root, 'bench', name ?? '', 'index.mjs');
try {
  if (name === undefined || !existsSync(file)) {
    const known = readdirSync(join(root, 'bench'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    console.error(`Say which: npm run bench -- ${known.map((entry) => entry.name).join(' | ')}`);
    process.exitCode = 2;
  } else {
    await ensureBuilt();
    await ensureEngine();
    await node(file, args);
  }
} catch (error) {
  fail(error);
}
