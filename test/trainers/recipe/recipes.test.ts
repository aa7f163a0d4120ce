import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { countModel } from '../../../src/models/index.js';
import { chosen, readRecipe, recipeJsonSchema } from '../../../src/trainers/recipe/index.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** Recipes of the papers at full scale. */
const PUBLISHED = /^(debiased|bnet|autonl|atomnas|cakes)\//;
const recipesIn = async (folder: string): Promise<string[]> =>
  (await readdir(join(root, folder), { recursive: true })).filter((name) => name.endsWith('.yaml')).sort();
const files = await recipesIn('recipes');
const experiments = await recipesIn('scripts/experiments');

test.each(files)('%s is valid, builds its network and tells what to expect', async (file) => {
  const path = join(root, 'recipes', file);
  const { recipe } = await readRecipe(path);
  const { name: family, options } = chosen(recipe.model);
  expect(countModel({ family, options }).params).toBeGreaterThan(1e4);
  if (PUBLISHED.test(file)) expect(await readFile(path, 'utf8')).toMatch(/Source/);
});

test.each(experiments)('the experiment %s is a valid recipe', async (file) => {
  const { recipe } = await readRecipe(join(root, 'scripts/experiments', file));
  expect(recipe.model).toBeDefined();
});

test('the published JSON Schema is current', async () => {
  const published: unknown = JSON.parse(await readFile(join(root, 'schema/recipe.schema.json'), 'utf8'));
  expect(published, 'run node scripts/recipe-schema.mjs').toEqual(
    JSON.parse(JSON.stringify(recipeJsonSchema())),
  );
});
