import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../io/files/atomic.js';
import type { TrainEvent } from '../run/events.js';
import type { Confusion } from '../tasks/task.js';
import { type LogLine, logLine, metricsCsv, scalarsOf } from './lines.js';
import { type ScalarEvent, tensorBoardRecords } from './tensorboard.js';

export const EVENTS_FILE = 'events.jsonl';
export const METRICS_FILE = 'metrics.csv';
export const CONFUSION_FILE = 'confusion.json';
const BOARD = /^events\.out\.tfevents\./;
/** Lines kept back before they are written. */
const BUFFERED = 64;

/**
 * Passes a run's events on while writing them into the run's folder: `events.jsonl` (every event), `metrics.csv` (a
 * row per epoch), a TensorBoard event file, and `confusion.json` of the last validation. A run that goes on drops the
 * lines beyond its checkpoint first, so that no step stands there twice.
 */
export async function* recorded(
  events: AsyncIterable<TrainEvent>,
  out: string,
  clock: () => number = Date.now,
): AsyncGenerator<TrainEvent, void, void> {
  let log: RunLog | undefined;
  try {
    for await (const event of events) {
      log ??= await openLog(out, event, clock());
      await log.add(event, clock());
      yield event;
    }
  } finally {
    await log?.flush();
  }
}

/** Lines of a run's log; what a killed run left half-written is left out. */
export async function readLog(out: string): Promise<LogLine[]> {
  const text = await readFile(join(out, EVENTS_FILE), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as LogLine];
    } catch {
      return [];
    }
  });
}

class RunLog {
  private readonly out: string;
  private readonly board: string;
  private readonly lines: LogLine[];
  private waiting: LogLine[] = [];

  constructor(out: string, board: string, lines: LogLine[]) {
    this.out = out;
    this.board = board;
    this.lines = lines;
  }

  async add(event: TrainEvent, time: number): Promise<void> {
    const line = logLine(event, time);
    this.waiting.push(line);
    if (event.type !== 'step') this.lines.push(line);
    if (event.type === 'validation' && event.confusion) await this.confusion(event.confusion);
    if (event.type !== 'step' || this.waiting.length >= BUFFERED) await this.flush();
    if (event.type === 'epoch' || event.type === 'validation')
      await writeFileAtomic(join(this.out, METRICS_FILE), metricsCsv(this.lines), { fsync: false });
  }

  async flush(): Promise<void> {
    const lines = this.waiting;
    this.waiting = [];
    if (lines.length === 0) return;
    await appendFile(join(this.out, EVENTS_FILE), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await appendFile(this.board, tensorBoardRecords(scalars(lines), false));
  }

  private confusion({ classes, counts }: Confusion): Promise<void> {
    const rows = Array.from({ length: classes }, (_, row) => [
      ...counts.subarray(row * classes, (row + 1) * classes),
    ]);
    return writeFileAtomic(join(this.out, CONFUSION_FILE), `${JSON.stringify(rows)}\n`, { fsync: false });
  }
}

const scalars = (lines: readonly LogLine[]): ScalarEvent[] =>
  lines.map(scalarsOf).filter((event) => event !== undefined);

/** Starts the files of a run, with what an earlier part of it logged up to its checkpoint. */
async function openLog(out: string, first: TrainEvent, time: number): Promise<RunLog> {
  const step = first.type === 'start' && first.resumed !== undefined ? first.step : 0;
  const earlier =
    step === 0 ? [] : (await readLog(out)).filter((line) => line.step === undefined || line.step <= step);
  for (const name of await readdir(out)) if (BOARD.test(name)) await rm(join(out, name));
  const begun = Math.floor((earlier[0]?.time ?? time) / 1000);
  const board = join(out, `events.out.tfevents.${String(begun).padStart(10, '0')}.cuemix`);
  await writeFileAtomic(join(out, EVENTS_FILE), earlier.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await writeFileAtomic(board, tensorBoardRecords(scalars(earlier), true));
  return new RunLog(
    out,
    board,
    earlier.filter(({ type }) => type !== 'step'),
  );
}
