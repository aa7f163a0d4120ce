import { expect, test } from 'vitest';
import { checkRecipe, parseRecipe, RecipeError } from '../../../src/trainers/recipe/index.js';

const TEXT = `
data:
  train: { source: photos, transforms: [{ randomResizedCrop: { size: 64 } }, flip] }
batch: { size: 32 }
model: { resnet: { depth: 18 } }
optimizer: sgd
schedule: { rate: 0.1, decay: cosine }
epochs: 3
`;

const messageOf = (text: string, set: readonly string[] = []): Promise<string> =>
  parseRecipe(text, { file: 'train.yaml', set }).then(
    () => 'none',
    (error: unknown) => (error instanceof RecipeError ? error.message : String(error)),
  );

test('names alone and defaults are filled in; the result is a recipe again', async () => {
  const { recipe } = await parseRecipe(TEXT);
  expect(recipe.optimizer).toMatchObject({ sgd: { momentum: 0.9, nesterov: false } });
  expect(recipe.data.train.source).toEqual({ pictures: { path: 'photos' } });
  expect(recipe.data.train.transforms[1]).toEqual({ flip: { axis: 'x', p: 0.5 } });
  expect((await checkRecipe(JSON.parse(JSON.stringify(recipe)))).recipe).toEqual(recipe);
});

test.each([
  [
    'size: 64',
    'sizes: 64',
    'train.yaml:3:64: data.train.transforms[0].randomResizedCrop: unknown key "sizes"; did you mean size? Known keys: filter, ratio, scale, size.',
  ],
  ['epochs: 3', '', 'train.yaml:2:1: epochs: it is missing; expected number.'],
  ['epochs: 3', 'epochs: three', 'train.yaml:8:1: epochs: Invalid input: expected number, received string.'],
  [
    'sgd',
    'sdg',
    'train.yaml:6:1: optimizer: Invalid option: expected one of "adam"|"adamw"|"lamb"|"rmsProp"|"sgd".',
  ],
  [
    'sgd',
    '{ sgd: {}, adam: {} }',
    'train.yaml:6:1: optimizer: Expected one optimizer (adam, adamw, lamb, rmsProp, sgd).',
  ],
  ['depth: 18', 'depth: 19', 'train.yaml:5:20: model.resnet.depth: '],
  ['epochs: 3', 'epochs: 3\nepochs: 4', 'train.yaml:9:1: Map keys must be unique.'],
  ['epochs: 3', 'epochs: 3\n---\nepochs: 4', 'train.yaml:9:1: a second document begins here'],
  ['photos', '[a', 'train.yaml:'],
])('%s written as %s is said with file, line and key', async (right, wrong, message) => {
  expect(await messageOf(TEXT.replace(right, wrong))).toContain(message);
});

test('a value from the command line is checked like one in the file', async () => {
  expect(
    (await parseRecipe(TEXT, { set: ['batch.size=8', 'data.train.transforms[0].randomResizedCrop.size=32'] }))
      .recipe.batch.size,
  ).toBe(8);
  expect(await messageOf(TEXT, ['batch.size=0'])).toContain(
    'train.yaml: batch.size: Too small: expected number to be >=1.', // and no line: the file says something else there
  );
  expect(await messageOf(TEXT, ['batch'])).toContain('Expected --set key.key=value');
});

test('aliases that would multiply are refused, `__proto__` is an unknown key', async () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n`;
  expect(
    await messageOf(bomb + bomb.replaceAll(/[abc](?=:)|(?<=[&*])[ab]/g, (name) => name.repeat(2))),
  ).toMatch(/alias|unknown key/i);
  expect(await messageOf(`${TEXT}__proto__: { x: 1 }\n`)).toContain('unknown key "__proto__"');
});
