import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  listCheckpoints,
  loadCheckpoint,
  type ParsedRecipe,
  type TrainEvent,
} from '../../../src/trainers/index.js';
import { temporaryFolder } from '../../helpers/fixtures.js';
import { useBuiltWorker } from '../../helpers/stream-worker.js';
import { run, stepsOf, tinyRecipe, weightsHash } from './tiny.js';

let root: { path: string; remove: () => Promise<void> };
let parsed: ParsedRecipe;
let expected: string;
let means: unknown[];
const out = (name: string): string => join(root.path, name);
const meansOf = (events: readonly TrainEvent[]): unknown[] =>
  events.flatMap((event) => (event.type === 'epoch' ? [[event.epoch, event.loss, event.accuracy]] : []));
const atStep = (step: number) => (event: { type: string }) =>
  event.type === 'step' && (event as { step: number } & typeof event).step === step;

beforeAll(async () => {
  await useBuiltWorker();
  root = await temporaryFolder();
  parsed = await tinyRecipe(root.path);
  const events = await run(parsed, { out: out('whole') });
  expect(stepsOf(events)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expected = await weightsHash(out('whole'));
  means = meansOf(events);
});

afterAll(() => root.remove());

describe('a run that was cut off', () => {
  test('goes on to the same weights after two cuts in one epoch, with another number of data workers', async () => {
    await run(parsed, { out: out('cut') }, atStep(5));
    const threaded = await tinyRecipe(root.path, ['data.workers=1']);
    const second = await run(threaded, { out: out('cut') }, atStep(7));
    expect(stepsOf(second)).toEqual([5, 6, 7]);
    const third = await run(parsed, { out: out('cut') });
    expect(stepsOf(third)).toEqual([7, 8]);
    expect(meansOf(third)).toEqual([means[1]]);
    expect(await weightsHash(out('cut'))).toBe(expected);
  });

  test('goes on at the edge of an epoch, validation included', async () => {
    await run(parsed, { out: out('edge') }, (event) => event.type === 'epoch');
    const events = await run(parsed, { out: out('edge') });
    expect(events.filter(({ type }) => type === 'validation')).toHaveLength(2);
    expect(await weightsHash(out('edge'))).toBe(expected);
  });

  test('uses an earlier checkpoint when the newest is damaged, and says so', async () => {
    await run(parsed, { out: out('damaged') }, atStep(7));
    const [newest] = await listCheckpoints(out('damaged'));
    const file = join(newest!, 'training.safetensors');
    const bytes = await readFile(file);
    bytes[bytes.length - 9]! ^= 4;
    await writeFile(file, bytes);
    const events = await run(parsed, { out: out('damaged') });
    const notices = events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
    expect(notices.join()).toContain('does not match its SHA-256');
    expect(stepsOf(events)[0]).toBeLessThanOrEqual(6);
    expect(await weightsHash(out('damaged'))).toBe(expected);
  });

  test('stops by its signal after a checkpoint, and goes on from there', async () => {
    const stop = new AbortController();
    const events = await run(parsed, { out: out('stopped'), signal: stop.signal }, (event) => {
      if (event.type === 'step' && event.step === 3) stop.abort();
      return false;
    });
    expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'stopped', step: 3 });
    await run(parsed, { out: out('stopped') });
    expect(await weightsHash(out('stopped'))).toBe(expected);
  });
});

test('a finished run is not trained again', async () => {
  const before = tf.memory().numTensors;
  const events = await run(parsed, { out: out('whole') });
  expect(stepsOf(events)).toEqual([]);
  expect(tf.memory().numTensors).toBe(before);
});

test('another recipe in the same folder is refused by the keys that differ', async () => {
  const other = await tinyRecipe(root.path, ['batch.size=2']);
  await expect(run(other, { out: out('whole') })).rejects.toThrow('batch.size differs');
});

test('the best checkpoint stays and loads as a network', async () => {
  const { model, classes, preprocessing, state } = await loadCheckpoint(out('whole'), { which: 'best' });
  expect(classes).toEqual(['cross', 'disc', 'square']);
  expect(preprocessing.transforms.map(({ name }) => name)).toEqual(['resize']);
  expect(preprocessing.mean).toHaveLength(3);
  expect(state.score?.metric).toBe('top1');
  expect(tf.tidy(() => model.apply(tf.zeros([1, 16, 16, 3]))).shape).toEqual([1, 3]);
  model.dispose();
});
