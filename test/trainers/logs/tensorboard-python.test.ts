import { execFileSync, spawnSync } from 'node:child_process';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tensorBoardRecords } from '../../../src/trainers/logs/tensorboard.js';
import { temporaryFolder } from '../../helpers/fixtures.js';
import { describeWhere } from '../../helpers/left-out.js';

const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
board = EventAccumulator(sys.argv[1]).Reload()
print(json.dumps({tag: [[e.wall_time, e.step, e.value] for e in board.Scalars(tag)] for tag in board.Tags()['scalars']}))
`;

/** A Python that has tensorboard: the one that CUEMIX_TENSORBOARD_PYTHON names, or the system's. */
function pythonWithTensorBoard(): string | undefined {
  const python = process.env.CUEMIX_TENSORBOARD_PYTHON ?? 'python3';
  return spawnSync(python, ['-c', 'import tensorboard']).status === 0 ? python : undefined;
}

const cure =
  "Python's tensorboard is required but absent: pip install tensorboard, and name its Python by CUEMIX_TENSORBOARD_PYTHON.";

describeWhere(
  'event files',
  pythonWithTensorBoard(),
  { lacking: 'tensorboard in Python', cure },
  (python) => {
    let root: { path: string; remove: () => Promise<void> };
    beforeAll(async () => {
      root = await temporaryFolder();
    });
    afterAll(() => root.remove());

    it("are what Python's tensorboard reads, also when a run went on", { timeout: 60_000 }, async () => {
      const file = join(root.path, 'events.out.tfevents.1795380149.cuemix');
      const first = { time: 1795380149.5, step: 1, values: { 'train/loss': 2.25, 'train/rate': 0.0625 } };
      const second = { time: 1795380150.5, step: 70_000, values: { 'train/loss': -0.5 } };
      await writeFile(file, tensorBoardRecords([first], true));
      await appendFile(file, tensorBoardRecords([second], false));
      const read: unknown = JSON.parse(execFileSync(python, ['-c', READ, root.path], { encoding: 'utf8' }));
      expect(read).toEqual({
        'train/loss': [
          [first.time, 1, 2.25],
          [second.time, 70_000, -0.5],
        ],
        'train/rate': [[first.time, 1, 0.0625]],
      });
    });
  },
);
