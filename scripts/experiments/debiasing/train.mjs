import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recipeOf } from './arms.mjs';
import { cuemix } from './cuemix.mjs';
import { exists, recipes, writeJson } from './files.mjs';
import { preparedOf } from './prepared.mjs';

/** Two thirds of the recipes' length; one precision for all, so that nothing depends on what else the machine does. */
const ALIKE = ['epochs=10', 'threads=1', 'data.workers=1', 'precision=bf16'];

/**
 * Trains an arm with a seed, going on where it stood, and writes what each epoch reached; nothing if that is there.
 * @param {{ cli: string, data: string, out: string, encoder?: string, decoder?: string }} place
 */
export async function train(place, arm, seed) {
  const run = join(place.out, 'runs', `${arm}-${seed}`);
  const file = `${run}.json`;
  if (await exists(file)) return;
  const { name, changes } = recipeOf(arm, place);
  const { train: source, validation } = preparedOf(place);
  const paths = [`data.train.source=${source}`, `data.validation.source=${validation}`];
  await cuemix(
    place,
    [
      'train',
      join(recipes, `${name}.yaml`),
      '--out',
      run,
      '--set',
      `seed=${seed}`,
      ...paths,
      ...ALIKE,
      ...changes,
    ],
    `${run}.log`,
  );
  await writeJson(file, { arm, seed, epochs: await epochs(run) });
}

/** Validation accuracy and loss after each epoch. */
async function epochs(run) {
  const text = await readFile(join(run, 'metrics.csv'), 'utf8');
  const [header, ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const value = (row, name) => Number(Number(row[header.indexOf(name)]).toFixed(4));
  return rows.map((row) => ({ top1: value(row, 'validation_top1'), loss: value(row, 'validation_loss') }));
}
