import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toRaster } from '../../../src/datasets/nifti/raster.js';
import { readNifti } from '../../../src/datasets/nifti/read.js';
import { openEngine } from '../../../src/engine/index.js';
import {
  type ParsedRecipe,
  parseRecipe,
  segmentationScores,
  type TrainEvent,
} from '../../../src/trainers/index.js';
import { temporaryFolder, writePictures } from '../../helpers/fixtures.js';
import { writePhantoms } from '../../helpers/phantom.js';
import { run, weightsHash } from './tiny.js';

let root: { path: string; remove: () => Promise<void> };

beforeAll(async () => {
  await openEngine({ threads: 1 });
  root = await temporaryFolder();
  await writePhantoms(join(root.path, 'scans'), { count: 4 });
  await writePhantoms(join(root.path, 'sequences'), { count: 4, modalities: 2 });
});
afterAll(() => root.remove());

/** Two epochs of four patches of each scan; validation on the same scans. */
async function recipe(set: readonly string[] = [], source = 'scans', channels = 1): Promise<ParsedRecipe> {
  const volumes = (more: string) => `{ volumes: { path: ${join(root.path, source)}${more} } }`;
  const text = `
seed: 1
threads: 1
precision: fp32
task: { segmentation: { classes: 3 } }
data:
  train:
    source: ${volumes(', patches: 4')}
    transforms: [{ standardize: {} }, { cropLabels: { size: 8, foreground: 0.8 } }, { flip: { axis: x } }]
  validation: { source: ${volumes('')}, transforms: [{ standardize: {} }] }
  workers: 0
batch: { size: 4, transforms: [] }
model: { cakes-unet: { channels: ${channels}, classes: 3, widths: [4, 8], op: 3d } }
optimizer: { adamw: {} }
schedule: { rate: 0.02 }
epochs: 2
checkpoints: { steps: 2 }
validate: { every: 2, window: { size: 8 } }
`;
  return parseRecipe(text, { set });
}

async function pictures(): Promise<string> {
  const path = join(root.path, 'pictures');
  await writePictures(path, { perClass: 1, size: 8, classes: ['cross', 'disc'] });
  return path;
}

const validation = (events: readonly TrainEvent[]) => {
  const found = events.find((event) => event.type === 'validation');
  if (found?.type !== 'validation') throw new Error('There was no validation.');
  return found;
};

/** Mean Dice of the written predictions against the label files. */
async function diceOnFiles(out: string, source: string): Promise<number> {
  const sums = [0, 0];
  for (let n = 0; n < 4; n++) {
    const name = `scan${n}.nii.gz`;
    const truth = await readNifti(join(root.path, source, 'labels', name));
    const found = await readNifti(join(out, 'predictions', name));
    expect(found.shape).toEqual(truth.shape);
    expect(found.affine.flat().map((v) => v.toFixed(3))).toEqual(
      truth.affine.flat().map((v) => v.toFixed(3)),
    );
    const scores = segmentationScores(toRaster(found, { role: 'mask' }), toRaster(truth, { role: 'mask' }), {
      classes: 3,
    });
    for (const { classId, dice } of scores) sums[classId - 1]! += dice / 4;
  }
  return (sums[0]! + sums[1]!) / 2;
}

describe('validation of whole volumes', () => {
  test('scores scans of different sizes by windows, writes what it found, and frees its tensors', async () => {
    const out = join(root.path, 'plain');
    const before = tf.memory().numTensors;
    const events = await run(
      await recipe(['epochs=8', 'validate.every=8', 'validate.window.predictions=true']),
      { out },
    );
    expect(tf.memory().numTensors).toBe(before);
    const { metrics, samples } = validation(events);
    expect(samples).toBe(4);
    expect(metrics.dice).toBeGreaterThan(0.2);
    expect(await diceOnFiles(out, 'scans')).toBeCloseTo(metrics.dice!, 6);
  });

  test('goes back through transforms and preparation to the grid of the files', async () => {
    const out = join(root.path, 'home');
    const turned = { orientation: 'RAS', spacing: [1, 1, 1] };
    const source = { volumes: { path: join(root.path, 'scans'), preprocess: turned } };
    const parsed = await recipe([
      `data.validation.source=${JSON.stringify(source)}`,
      'data.validation.transforms=[{ standardize: {} }, { padTo: { size: 24 } }, { flip: { axis: y, p: 1 } }]',
      'validate.window={ size: 8, grid: file, predictions: true, overlap: 0.5 }',
    ]);
    const { metrics } = validation(await run(parsed, { out }));
    expect(metrics.dice).toBeGreaterThan(0.05);
    expect(await diceOnFiles(out, 'scans')).toBeCloseTo(metrics.dice!, 6);
  });

  test('takes the fourth dimension of a set with several modalities as channels', async () => {
    const out = join(root.path, 'modalities');
    const set = ['validate.window.grid=file', 'validate.window.predictions=true'];
    const { metrics } = validation(await run(await recipe(set, 'sequences', 2), { out }));
    expect(await diceOnFiles(out, 'sequences')).toBeCloseTo(metrics.dice!, 6);
  });

  test('writes no prediction outside the run, whatever id a list gives a scan', async () => {
    const list = join(root.path, 'scans', 'list.jsonl');
    const scan = { image: 'images/scan0.nii.gz', label: 'labels/scan0.nii.gz', id: '../../escaped' };
    await writeFile(list, `${JSON.stringify(scan)}\n`);
    const parsed = await recipe([
      'epochs=1',
      'validate={ every: 1, window: { size: 8, predictions: true } }',
      `data.validation.source=${JSON.stringify({ volumes: { path: list } })}`,
    ]);
    await expect(run(parsed, { out: join(root.path, 'astray') })).rejects.toThrow('escaped" leaves');
    await expect(access(join(root.path, 'escaped.nii.gz'))).rejects.toThrow();
  });

  test('is refused before the run begins where it does not fit', async () => {
    const task = await recipe(['task={ classification: {} }']);
    await expect(run(task, {})).rejects.toThrow('classes');
    await expect(recipe(['validate.window={ size: 8, overlap: 1 }'])).rejects.toThrow('overlap');
    const source = { pictures: { path: await pictures() } };
    const flat = await recipe([
      `data.validation.source=${JSON.stringify(source)}`,
      'validate.window.grid=file',
    ]);
    await expect(run(flat, {})).rejects.toThrow('data of volumes');
  });
});

test('a run on patches that was cut off goes on to the same weights', async () => {
  const whole = join(root.path, 'whole');
  const cut = join(root.path, 'cut');
  await run(await recipe(), { out: whole });
  await run(await recipe(), { out: cut }, (event) => event.type === 'step' && event.step === 3);
  await run(await recipe(), { out: cut });
  expect(await weightsHash(cut)).toBe(await weightsHash(whole));
});
