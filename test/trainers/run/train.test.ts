import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine } from '../../../src/engine/index.js';
import { resnet, stateDict } from '../../../src/models/index.js';
import {
  DivergedError,
  type Hook,
  type StepView,
  sgd,
  type TrainEvent,
  tasks,
  trainingStep,
} from '../../../src/trainers/index.js';
import { temporaryFolder } from '../../helpers/fixtures.js';
import { run, stepsOf, tinyRecipe } from './tiny.js';

let root: { path: string; remove: () => Promise<void> };

beforeAll(async () => {
  await openEngine({ threads: 1 });
  root = await temporaryFolder();
});

afterAll(() => root.remove());

test('a loss that is not finite stops the run, names step and samples, and leaves the batch', async () => {
  const parsed = await tinyRecipe(root.path, ['schedule={ rate: 1e30 }', 'checkpoints.steps=1']);
  const out = join(root.path, 'diverged');
  const events: TrainEvent[] = [];
  const keep = (event: TrainEvent): boolean => events.push(event) === 0;
  const error = await run(parsed, { out }, keep).catch((thrown: unknown) => thrown);
  if (error instanceof DivergedError) {
    expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'diverged', step: error.step - 1 });
    expect(error.ids).toHaveLength(4);
    expect(await readdir(join(out, `diverged-step-${error.step}`))).toEqual([
      'batch.json',
      'batch.safetensors',
    ]);
  } else expect(error).toMatchObject({ code: 'E_DIVERGED' }); // a weight was infinite before the next loss was
});

test('no better score for long enough ends a run early, and for good', async () => {
  const parsed = await tinyRecipe(root.path, ['epochs=9', 'stop={ patience: 1, margin: 1 }']);
  const out = join(root.path, 'early');
  for (const steps of [8, 0]) {
    const events = await run(parsed, { out });
    expect(stepsOf(events)).toHaveLength(steps);
    expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'early', step: 8 });
  }
});

test('in-loop cue conflict goes through the auxiliary route, at several grids', async () => {
  const parsed = await tinyRecipe(root.path, [
    'epochs=1',
    'batch.transforms=[{ cueConflict: {} }, mixup, normalize]',
    'batch.multiGrid={ size: 16, minimum: 16 }',
    'model={ resnet: { block: basic, layers: [1, 1, 1, 1], stem: small, routes: [main, aux] } }',
    'recalibrate={ batches: 2 }',
  ]);
  const before = tf.memory().numTensors;
  const events = await run(parsed, {});
  expect(stepsOf(events)).toEqual([1, 2, 3, 4]);
  expect(events.every((event) => event.type !== 'step' || event.loss > 0)).toBe(true);
  expect(tf.memory().numTensors).toBe(before);
});

test('a hook adds its penalty, whose numbers change from step to step, and is told of steps and epochs', async () => {
  const seen: string[] = [];
  const hook: Hook = {
    name: 'shrinking',
    numbers: ({ step }) => ({ strength: step }),
    penalty: (model, { strength }) =>
      tf.mul(strength!, tf.sum(tf.abs(model.variables.get('classifier.1.weight')!))) as tf.Scalar,
    afterStep: ({ step, penalty }) => {
      seen.push(`${step} ${penalty === undefined ? 'none' : 'some'}`);
    },
    afterEpoch: ({ epoch }) => {
      seen.push(`epoch ${epoch}`);
      return undefined;
    },
  };
  await run(await tinyRecipe(root.path, ['epochs=1']), { hooks: [hook] });
  expect(seen).toEqual(['1 none', '2 some', '3 some', '4 some', 'epoch 0']);
});

test('two equal parts of a batch act like one of them', async () => {
  const results = await Promise.all(
    [1, 2].map(async (parts) => {
      const model = resnet({ block: 'basic', layers: [1, 1, 1, 1], stem: 'small', classes: 3 }, { seed: 1 });
      const optimizer = sgd(model, { momentum: 0.9 });
      const objective = tasks.get('classification').create({}, ['a', 'b', 'c']);
      const step = trainingStep({ model, optimizer, objective, clip: 1 });
      const target = objective.target({
        ...{ x: tf.scalar(0), ids: [], route: 'main', trace: [] },
        labels: [0, 1].map((classId) => [{ classId, weight: 1 }]),
      });
      const view: StepView = { x: tf.randomUniform([2, 8, 8, 3], 0, 1, 'float32', 5), target, route: 'main' };
      const numbers = { rate: 0.1, decay: 0, seed: [1, 2], hooks: {} } as const;
      const { loss } = await step.run(
        Array.from({ length: parts }, () => [view]),
        numbers,
      );
      const weights = await stateDict(model);
      step.dispose();
      return { loss, head: weights.get('fc.weight')!.data };
    }),
  );
  expect(results[1]!.loss).toBeCloseTo(results[0]!.loss, 5);
  results[0]!.head.forEach((value, at) => {
    expect(results[1]!.head[at]).toBeCloseTo(value, 5);
  });
});

test.each(['fp32', 'bf16'] as const)(
  'in %s a weight that is no number is seen in the loss',
  async (precision) => {
    const model = resnet({ block: 'basic', layers: [1, 1, 1, 1], stem: 'small', classes: 3 }, { seed: 1 });
    const objective = tasks.get('classification').create({}, ['a', 'b', 'c']);
    const step = trainingStep({ model, optimizer: sgd(model, {}), objective, precision });
    const weight = model.variables.get('conv1.weight')!;
    const broken = weight.dataSync().slice();
    broken[3] = Number.NaN;
    tf.tidy(() => weight.assign(tf.tensor(broken, weight.shape)));
    const target = tf.tensor2d([0, 1, 0, 1, 0, 0], [2, 3]);
    const view: StepView = { x: tf.randomUniform([2, 8, 8, 3], 0, 1, 'float32', 5), target, route: 'main' };
    const { loss } = await step.run([[view]], { rate: 0.1, decay: 0, seed: [1, 2], hooks: {} });
    expect(loss).toBeNaN();
    step.dispose();
    tf.dispose([view.x, target]);
    model.dispose();
  },
);
