import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { arms } from './arms.mjs';
import { exists, kept, writeText } from './files.mjs';

const FILE = join(kept, 'results.json');

/**
 * The numbers of all networks, one to a line: those that the repository keeps, and what `out` has more or anew.
 * @param {{ out: string }} place
 */
export async function gather({ out }) {
  const old = (await exists(FILE)) ? JSON.parse(await readFile(FILE, 'utf8')) : [];
  const rows = new Map(old.map((row) => [keyOf(row), row]));
  const most = Math.max(9, ...old.map(({ seed }) => seed));
  for (const arm of arms) {
    for (let seed = 0; seed <= most; seed++) {
      const name = `${arm}-${seed}.json`;
      const [run, measured] = [join(out, 'runs', name), join(out, 'measured', name)];
      if (!(await exists(run)) || !(await exists(measured))) continue;
      const [{ epochs }, scores] = await Promise.all(
        [run, measured].map(async (file) => JSON.parse(await readFile(file, 'utf8'))),
      );
      rows.set(keyOf(scores), { ...scores, epochs });
    }
  }
  const all = arms.flatMap((arm) =>
    [...rows.values()].filter((row) => row.arm === arm).sort((a, b) => a.seed - b.seed),
  );
  await writeText(FILE, `[\n${all.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
  return all;
}

function keyOf({ arm, seed }) {
  return `${arm}-${seed}`;
}
