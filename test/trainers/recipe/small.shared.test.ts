import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { readRecipe } from '../../../src/trainers/recipe/index.js';
import { prospect } from '../../../src/trainers/run/prospect.js';
import { describeShared } from '../../helpers/shared.js';
import { useBuiltWorker } from '../../helpers/stream-worker.js';

const folder = fileURLToPath(new URL('../../../recipes/small', import.meta.url));
const names = [
  'bnet3',
  'bnet5',
  'cutmix',
  'debiased',
  'debiased-cutmix',
  'debiased-mixup',
  'mixup',
  'plain',
  'shape-biased',
  'texture-biased',
];

describeShared('small recipes', (shared) => {
  beforeAll(useBuiltWorker);

  test.each(names)('%s can be trained', async (name) => {
    const data = join(shared, 'data/imagenette160-mini');
    const set = [`data.train.source=${data}/train`, `data.validation.source=${data}/val`];
    const parsed = await readRecipe(join(folder, `${name}.yaml`), [
      ...set,
      'batch.size=8',
      'batch.accumulate=2',
      'precision=fp32',
      'data.workers=1',
    ]);
    const found = await prospect(parsed);
    expect(found).toMatchObject({ train: 1600, validation: 500, classes: 10, epochs: 15 });
    expect(found.views[0]!.shape).toEqual([4, 64, 64, 3]);
    expect(found.parameters).toBeGreaterThan(4e6);
  });
});
