import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine } from '../../../src/engine/index.js';
import { resnet, saveModel } from '../../../src/models/index.js';
import { parseRecipe } from '../../../src/trainers/index.js';
import { createModel } from '../../../src/trainers/run/parts.js';
import { modelConfig, objectiveOf } from '../../../src/trainers/run/setup.js';
import { temporaryFolder } from '../../helpers/fixtures.js';

let root: { path: string; remove: () => Promise<void> };
beforeAll(async () => {
  await openEngine();
  root = await temporaryFolder();
  const flat = resnet({ block: 'bottleneck', layers: [1, 1, 1, 1], classes: 3 }, { seed: 5 });
  await saveModel(flat, join(root.path, 'flat.safetensors'));
  flat.dispose();
});
afterAll(() => root.remove());

/** A network as a recipe's training begins with it. */
async function begun(model: string) {
  const parsed = await parseRecipe(`
data: { train: { source: { videos: { path: clips } } } }
batch: { size: 2 }
model: { cakes-video: ${model} }
weights: { file: ${join(root.path, 'flat.safetensors')}, inflate: true }
optimizer: { sgd: {} }
schedule: { rate: 0.01 }
epochs: 1
`);
  return createModel(parsed.recipe, modelConfig(parsed.recipe, objectiveOf(parsed, ['a', 'b', 'c'])));
}

test('a recipe starts a CAKES search network, and the network it finds, from 2D weights', async () => {
  const search = await begun('{ layers: [1, 1, 1, 1], op: 1+2+3d, search: true }');
  const [cube, plane, line] = [0, 1, 2].map(
    (branch) => search.parameters.get(`layer1.0.convT.convs.${branch}.0.weight`)!.variable,
  );
  expect([cube, plane, line].map((each) => each!.shape)).toEqual([
    [3, 3, 3, 64, 64],
    [1, 3, 3, 64, 64],
    [3, 1, 1, 64, 64],
  ]);
  const [of3d, of2d] = [cube!.dataSync(), plane!.dataSync()];
  expect(of3d[0]! * 3).toBeCloseTo(of2d[0]!, 5); // the 2D kernel, a third of it at each time
  search.dispose();
  const splits = [64, 128, 256, 512].map((width) => `{ kxkxk: ${width / 4}, 1xkxk: ${(3 * width) / 4} }`);
  const found = await begun(`{ layers: [1, 1, 1, 1], op: 1+2+3d, splits: [${splits.join(', ')}] }`);
  const kept = found.parameters.get('layer1.0.convT.convs.1.0.weight')!.variable;
  expect(kept.shape).toEqual([1, 3, 3, 64, 48]);
  expect(kept.dataSync()[0]).toBe(of2d[16]); // channels are dealt out in branch order
  found.dispose();
});
