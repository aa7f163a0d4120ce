import { copyFile, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FolderDataset, folder } from '../../../src/datasets/index.js';
import { openEngine } from '../../../src/engine/index.js';
import { writeNpy, writeNpz } from '../../../src/io/index.js';
import { fromFloat32 } from '../../../src/io/tensors/float.js';
import { buildModel, saveModel } from '../../../src/models/index.js';
import {
  attacker,
  attackOf,
  classify,
  type EvaluatedNetwork,
  type EvaluateOptions,
  evaluate,
  linkClasses,
  openNetwork,
} from '../../../src/trainers/evaluate/index.js';
import { fgsm } from '../../../src/trainers/index.js';
import { encode, temporaryFolder, writeTree } from '../../helpers/fixtures.js';
import { useBuiltWorker } from '../../helpers/stream-worker.js';

const SHAPES = ['cross', 'disc', 'square'] as const;
const TEXTURES = ['checks', 'dots', 'stripes'] as const;
const SIDE = 40;

let root = '';
let remove = async (): Promise<void> => undefined;
let network: EvaluatedNetwork;
let data: FolderDataset;
const file = (name: string) => join(root, name);
const options = (more: Partial<EvaluateOptions>): EvaluateOptions => ({
  inputs: [file('net.safetensors')],
  sets: [{ kind: 'auto', path: file('val') }],
  network: { size: 32, precision: 'fp32' },
  workers: 0,
  replicates: 10,
  batch: 4,
  ...more,
});

beforeAll(async () => {
  ({ path: root, remove } = await temporaryFolder());
  const files: Record<string, Uint8Array> = {};
  for (const [at, shape] of SHAPES.entries()) {
    for (const [place, texture] of TEXTURES.entries()) {
      const picture = await encode({ shape, texture, width: SIDE, height: SIDE, hue: (at + place) / 7 });
      files[`val/${shape}/${place}.png`] = picture;
      files[`stimuli/${shape}/${shape}${place + 1}-${SHAPES[place]}1.png`] = picture;
      files[`c/weather/fog/5/${shape}/${place}.png`] = picture;
    }
  }
  files['styles/a.png'] = await encode({ shape: 'disc', texture: 'dots', width: 48, height: 48 });
  await writeTree(root, files);
  await useBuiltWorker();
  await openEngine();
  const model = buildModel(
    {
      family: 'resnet',
      options: { block: 'basic', layers: [1, 1, 1, 1], classes: 3, routes: ['main', 'aux'] },
    },
    { seed: 4 },
  );
  await saveModel(model, file('net.safetensors'), SHAPES);
  model.dispose();
  network = await openNetwork(file('net.safetensors'), { size: 32, precision: 'fp32' });
  data = await folder(file('val'));
}, 60_000);

afterAll(async () => {
  network.dispose();
  await remove();
});

describe('a network', () => {
  it('classifies the same with and without workers, whatever the batch', async () => {
    const link = linkClasses(network, data.classes!);
    const { transforms } = network.preprocessing;
    const before = tf.memory().numTensors;
    const first = await classify(network, data, link, { transforms, workers: 0, batch: 9 });
    const again = await classify(network, data, link, { transforms, workers: 2, batch: 4 });
    expect(again.outcomes.map(({ id }) => id)).toEqual(data.entries.map(({ id }) => id));
    expect(again.outcomes.map(({ predicted }) => predicted)).toEqual(
      first.outcomes.map(({ predicted }) => predicted),
    );
    again.outcomes.forEach(({ loss }, at) => {
      expect(loss).toBeCloseTo(first.outcomes[at]!.loss, 4);
    });
    expect(tf.memory().numTensors).toBe(before);
  }, 60_000);

  it('is attacked as fgsm attacks, and by pgd within the ball', async () => {
    const link = linkClasses(network, data.classes!);
    const x = tf.tidy(() =>
      tf.clipByValue(tf.randomUniform([2, 32, 32, 3], 0, 1, 'float32', 3), 0, 1),
    ) as tf.Tensor4D;
    const batch = {
      rasters: {},
      ids: ['a', 'b'],
      indices: [0, 1],
      labels: [0, 2].map((classId) => [{ classId, weight: 1 }]),
      traces: [],
    };
    const one = attacker(network, attackOf({ method: 'fgsm', epsilon: 0.1 }), { link });
    const moved = await one.perturb(x, batch);
    const expected = tf.tidy(() =>
      fgsm((input) => network.apply(input, 'main'), x, tf.tensor2d([1, 0, 0, 0, 0, 1], [2, 3]), {
        epsilon: 0.1,
        low: 0,
        high: 1,
      }),
    );
    const [got, wanted, origin] = [moved.dataSync(), expected.dataSync(), x.dataSync()];
    const differing = got.filter((value, at) => Math.abs(value - wanted[at]!) > 1e-5).length;
    expect(differing / got.length).toBeLessThan(0.002); // signs of slopes that are nearly zero
    const pgd = attackOf({ method: 'pgd', epsilon: 0.05, steps: 3, stepSize: 0.03 });
    const many = attacker(network, pgd, { link, seed: 1 });
    const [far, same] = [await many.perturb(x, batch), await many.perturb(x, batch)];
    const values = far.dataSync();
    values.forEach((value, at) => {
      expect(Math.abs(value - origin[at]!)).toBeLessThan(0.05 + 1e-5);
      expect(value >= 0 && value <= 1).toBe(true);
    });
    expect(same.dataSync()).toEqual(values);
    one.dispose();
    many.dispose();
    tf.dispose([x, moved, expected, far, same]);
  }, 60_000);
});

describe('evaluate', () => {
  it('runs every test through both routes', async () => {
    const { evaluation } = await evaluate(
      options({
        sets: ['val', 'stimuli', 'c'].map((name) => ({ kind: 'auto' as const, path: file(name) })),
        tests: ['clean', 'pgd', 'stylized', 'corruptions'],
        attack: { steps: 1, stepSize: 4 / 255, restarts: 2 },
        restyle: { styles: file('styles') },
        corruptions: ['fog'],
        severities: [5],
        route: 'both',
      }),
    );
    const [{ tests, network: about }] = evaluation.models as [(typeof evaluation.models)[0]];
    const kinds = ['clean', 'pgd', 'stylized', 'corruptions', 'imagenet-c', 'cue-conflict'];
    expect(tests.map(({ name }) => name)).toEqual([...kinds, ...kinds.map((name) => `${name} (aux)`)]);
    expect(about).toMatchObject({ family: 'resnet', classes: 3, precision: 'fp32' });
    const cue = tests.find(({ kind }) => kind === 'shape-bias');
    expect(cue?.scores).toMatchObject({ rows: 9, congruentRows: 3, conflictRows: 6 });
    const pgd = tests.find(({ name }) => name === 'pgd');
    expect(pgd?.protocol).toMatch(/L∞, ε 16\/255 .* 1 step of 4\/255, worst of 2 random starts/);
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
  }, 120_000);

  it('takes a dataset of cuemix stylize for stylized pictures', async () => {
    await cp(file('val'), file('painted/images'), { recursive: true });
    await copyFile(file('val/disc/0.png'), file('painted/sheet.png'));
    await writeFile(file('painted/dataset.json'), '{}');
    const { evaluation } = await evaluate(options({ sets: [{ kind: 'stylized', path: file('painted') }] }));
    expect(evaluation.models[0]!.tests).toMatchObject([{ name: 'stylized', scores: { n: 9 } }]);
  }, 60_000);

  it('counts bad pictures and goes on', async () => {
    await mkdir(file('bad/disc'), { recursive: true });
    await copyFile(file('val/disc/0.png'), file('bad/disc/0.png'));
    await writeFile(file('bad/disc/1.png'), 'no picture');
    const { evaluation } = await evaluate(options({ sets: [{ kind: 'auto', path: file('bad') }] }));
    const [test] = evaluation.models[0]!.tests;
    expect(test).toMatchObject({ refused: { count: 1, first: [{ id: 'disc/1.png' }] }, scores: { n: 1 } });
    expect(evaluation.notices).toEqual([expect.stringMatching(/1 picture could not be read/)]);
  }, 60_000);

  it('stops at a signal, and says what does not fit', async () => {
    await expect(evaluate(options({ signal: AbortSignal.abort(new Error('enough')) }))).rejects.toThrow(
      'enough',
    );
    await expect(evaluate(options({ sets: [] }))).rejects.toThrow(
      /Expected pictures to evaluate .*net.safetensors/,
    );
    await expect(evaluate(options({ inputs: [file('nowhere.csv')] }))).rejects.toThrow(/no such file/);
    await expect(evaluate(options({ tests: ['stylized'] }))).rejects.toThrow(/--styles/);
    await rm(file('odd'), { recursive: true, force: true });
    await mkdir(file('odd/eel'), { recursive: true });
    await copyFile(file('val/disc/0.png'), file('odd/eel/0.png'));
    await expect(evaluate(options({ sets: [{ kind: 'auto', path: file('odd') }] }))).rejects.toThrow(/"eel"/);
  }, 60_000);

  it('takes its own logits back, in every format', async () => {
    const ids: string[] = [];
    const rows: number[] = [];
    const { evaluation } = await evaluate(
      options({
        onLogits: (_model, _test, id, logits) => {
          ids.push(id);
          rows.push(...logits);
        },
      }),
    );
    const scores = evaluation.models[0]!.tests[0]!.scores;
    const array = fromFloat32(Float32Array.from(rows), [9, 3]);
    const labels = fromFloat32(Float32Array.from(data.entries, ({ classId }) => classId!));
    await writeFile(file('a.npy'), writeNpy(array));
    await writeFile(
      file('a.npz'),
      writeNpz(
        new Map([
          ['logits', array],
          ['labels', labels],
        ]),
      ),
    );
    const lines = ids.map((id, at) => [id, ...rows.slice(3 * at, 3 * at + 3)].join(','));
    await writeFile(file('a.csv'), ['image,0,1,2', ...lines.toReversed()].join('\n'));
    const { evaluation: again } = await evaluate(options({ inputs: ['a.npy', 'a.npz', 'a.csv'].map(file) }));
    for (const { tests, kind } of again.models) {
      expect(kind).toBe('logits');
      expect(tests[0]!.scores).toEqual(scores);
    }
    const { evaluation: alone } = await evaluate(options({ inputs: [file('a.npz')], sets: [] }));
    expect(alone.models[0]!.tests[0]!.scores).toMatchObject({ n: 9 });
    await writeFile(file('b.csv'), ['image,0,1,2', lines[0], lines[1]!.replace(/,[^,]+$/, ',x')].join('\n'));
    await expect(evaluate(options({ inputs: [file('b.csv')] }))).rejects.toThrow(
      /Line 3 of .*column "2": expected a number but received "x"/,
    );
    await writeFile(file('twice.csv'), ['image,0,1,2', ...lines, lines[0]].join('\n'));
    await expect(evaluate(options({ inputs: [file('twice.csv')] }))).rejects.toThrow(
      /row 0 is of .* already/,
    );
    await writeFile(file('c.csv'), ['image,0,1,2', lines[0]].join('\n'));
    await expect(evaluate(options({ inputs: [file('c.csv')] }))).rejects.toThrow(
      /Expected a row for cross\/1.png/,
    );
    array.data.fill(255, 16, 20);
    await writeFile(file('d.npy'), writeNpy(array));
    await expect(evaluate(options({ inputs: [file('d.npy')] }))).rejects.toThrow(
      /Row 1 of .*d.npy, column 1: .* NaN/,
    );
  }, 60_000);
});
