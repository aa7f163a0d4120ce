import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isLocked } from '../../io/files/lock.js';
import { storageError } from '../../io/files/storage-error.js';
import { readLog } from './record.js';

/** One run in a table of runs. */
export interface RunSummary {
  readonly name: string;
  /** `running`, `finished`, `early`, `stopped`, `diverged`, or `cut off` for a run that was killed. */
  readonly state: string;
  readonly epochs: number;
  readonly steps: number;
  /** Mean training loss of the last epoch. */
  readonly loss?: number;
  /** The best validation by the task's own score, else the last. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly bestEpoch?: number;
  /** Seconds spent in steps. */
  readonly seconds: number;
  readonly samplesPerSecond?: number;
}

/** What the runs in a folder (or the folder itself, if it is one) came to. */
export async function summariseRuns(folder: string): Promise<RunSummary[]> {
  const own = await summariseRun(folder, '.');
  if (own !== undefined) return [own];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw storageError(error, folder, 'read');
  });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const runs = await Promise.all(names.sort().map((name) => summariseRun(join(folder, name), name)));
  return runs.filter((run) => run !== undefined);
}

async function summariseRun(folder: string, name: string): Promise<RunSummary | undefined> {
  const lines = await readLog(folder);
  if (lines.length === 0) return undefined;
  const epochs = lines.filter(({ type }) => type === 'epoch');
  const validations = lines.filter(({ type }) => type === 'validation');
  const best = validations.findLast((line) => line.best === true) ?? validations.at(-1);
  const last = epochs.at(-1);
  const final = lines.at(-1)!;
  const ended = final.type === 'end' ? String(final.reason) : 'cut off';
  return {
    name,
    state: (await isLocked(folder)) ? 'running' : ended,
    epochs: epochs.length,
    steps: Math.max(0, ...lines.map(({ step }) => step ?? 0)),
    ...(last && { loss: last.loss as number, samplesPerSecond: last.samplesPerSecond as number }),
    metrics: (best?.metrics as Record<string, number> | undefined) ?? {},
    ...(best?.epoch !== undefined && { bestEpoch: best.epoch }),
    seconds: epochs.reduce((sum, line) => sum + (line.seconds as number), 0),
  };
}
