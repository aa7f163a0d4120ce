import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockFolder } from '../../../src/io/index.js';
import { recorded, summariseRuns, type TrainEvent } from '../../../src/trainers/index.js';
import { readLog } from '../../../src/trainers/logs/record.js';
import { temporaryFolder } from '../../helpers/fixtures.js';

const start = (step: number): TrainEvent => ({
  ...{ type: 'start', step, epoch: 0, epochs: 1, stepsPerEpoch: 3, batch: 2, rate: 0.1, parameters: 7 },
  classes: ['a', 'b'],
  ...(step > 0 && { resumed: 'checkpoint' }),
});
const step = (number: number, loss: number): TrainEvent => ({
  ...{
    type: 'step',
    step: number,
    epoch: 0,
    loss,
    accuracy: 0.5,
    rate: 0.1,
    samples: 2,
    seconds: 1,
    waited: 0,
  },
});
const ending: TrainEvent[] = [
  { type: 'epoch', step: 3, epoch: 0, loss: 1, accuracy: 0.5, seconds: 3, waiting: 0.1, samplesPerSecond: 2 },
  { type: 'validation', step: 3, epoch: 0, samples: 4, metrics: { top1: 0.75 }, seconds: 1, best: true },
  { type: 'end', step: 3, epoch: 1, reason: 'finished' },
];

async function log(events: readonly TrainEvent[], out: string): Promise<void> {
  const source = async function* (): AsyncGenerator<TrainEvent> {
    yield* events;
  };
  for await (const _ of recorded(source(), out, () => 1_000_000)) {
    // only the files matter
  }
}

test('a run is told by how it ended, or that it runs', async () => {
  const { path, remove } = await temporaryFolder();
  try {
    await log([start(0), step(1, 3)], path);
    expect(await summariseRuns(path)).toMatchObject([{ state: 'cut off' }]);
    const lock = await lockFolder(path);
    expect(await summariseRuns(path)).toMatchObject([{ state: 'running' }]);
    await lock.release();
    expect(await summariseRuns(path)).toMatchObject([{ state: 'cut off' }]);
  } finally {
    await remove();
  }
});

test('a run that goes on replaces what it logged after its checkpoint', async () => {
  const { path, remove } = await temporaryFolder();
  try {
    await log([start(0), step(1, 3), step(2, 9)], path);
    await log([start(1), step(2, 2), step(3, 1), ...ending], path);
    const steps = (await readLog(path)).filter(({ type }) => type === 'step');
    expect(steps.map(({ step: number, loss }) => [number, loss])).toEqual([
      [1, 3],
      [2, 2],
      [3, 1],
    ]);
    expect(await readFile(join(path, 'metrics.csv'), 'utf8')).toBe(
      'epoch,step,loss,accuracy,seconds,waiting,samplesPerSecond,validation_top1\n0,3,1,0.5,3,0.1,2,0.75\n',
    );
    expect(await summariseRuns(path)).toMatchObject([
      { name: '.', state: 'finished', epochs: 1, steps: 3, metrics: { top1: 0.75 }, bestEpoch: 0 },
    ]);
  } finally {
    await remove();
  }
});
