import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countModel } from '../../../dist/models/index.js';
import { readRecipe } from '../../../dist/trainers/index.js';
import { root } from '../../support/run.mjs';

/** Finished runs of a set in `out`, `<network>-<seed>.json` each, with their curves; those of peers too. */
export async function gather(set, out) {
  const files = (await readdir(out).catch(() => [])).filter((file) => /^\w+-\d+\.json$/.test(file));
  const rows = await Promise.all(
    files.map(async (file) => {
      const [network, seed] = file.replace('.json', '').split('-');
      const found = JSON.parse((await readFile(join(out, file), 'utf8')) || '{}');
      if (found.metrics === undefined) return undefined;
      const curve = found.validations ?? (await validations(join(out, `${network}-${seed}`, 'events.jsonl')));
      return { network, seed: Number(seed), run: join(out, `${network}-${seed}`), ...found, curve };
    }),
  );
  const order = [...Object.keys(set.names), ...Object.keys(set.peers)];
  const known = rows.filter((row) => row !== undefined && order.includes(row.network));
  return known.sort((a, b) => order.indexOf(a.network) - order.indexOf(b.network) || a.seed - b.seed);
}

async function validations(path) {
  const lines = (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const found = lines.filter(({ type }) => type === 'validation');
  return found.map(({ epoch, metrics }) => ({ epoch: epoch + 1, ...metrics }));
}

/** Parameters and multiply-accumulates for one sample of the network of a recipe. */
export async function costOf(set, name, network) {
  const { recipe } = await readRecipe(join(root, 'recipes', name, `${network}.yaml`));
  const [[family, options]] = Object.entries(recipe.model);
  const classes = name === 'scenes' ? { classes: 6 } : {};
  const { params, macs } = countModel({ family, options: { ...options, ...classes } }, set.input);
  return { parameters: params, macs };
}
