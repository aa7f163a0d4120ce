import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '../../scripts/support/run.mjs';

/** A Python that has `packages`: made in .cache/ on first use with `python3 -m venv` and pip. */
export async function pythonWith(name, packages) {
  const folder = join(root, '.cache', `bench-${name}`);
  const python = join(folder, 'bin/python');
  const done = join(folder, 'installed');
  if (existsSync(done)) return python;
  console.error(`Making a Python environment with ${packages.join(', ')} in ${folder} …`);
  await run('python3', ['-m', 'venv', folder], { quiet: true });
  await run(python, ['-m', 'pip', 'install', '--quiet', ...packages], { quiet: true });
  await run('touch', [done]);
  return python;
}
