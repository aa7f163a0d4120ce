import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { Batch } from '../../../src/core/batch.js';
import { tasks } from '../../../src/trainers/tasks/registry.js';

it('counts no answer of NaN as right, and of equal ones the first', async () => {
  const scorer = tasks
    .get('classification')
    .create({}, [...'abcdef'])
    .scorer();
  const rows = [
    [1, 5, 0, 0, 0, 0],
    [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN],
    [0, Number.NaN, 0, 0, 0, 0],
    [5, 5, 0, 0, 0, 0],
  ];
  const labels = rows.map(() => [{ classId: 1, weight: 1, cue: 'truth' as const }]);
  await scorer.add(tf.tensor2d(rows), { labels } as unknown as Batch);
  expect(scorer.scores().metrics).toMatchObject({ top1: 1 / 4, top5: 2 / 4 });
});
