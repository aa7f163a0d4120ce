import { UsageError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import type { Sample } from '../../core/sample.js';
import type { HostBatch } from '../collate.js';
import type { Dataset } from '../dataset.js';
import { type Order, shuffled } from '../samplers.js';
import { type Cursor, parseCursor } from './cursor.js';
import { inlineExecutor } from './inline.js';
import type { Job, JobItem, Outcome, ThreadSetup } from './job.js';
import { Ledger } from './ledger.js';
import { checkOptions, type Stream, type StreamOptions, type StreamReport, threadSetup } from './options.js';
import { type Executor, WorkerPool } from './pool.js';
import { type Unit, unitsFrom } from './units.js';

/**
 * Samples of a dataset, transformed in worker threads. The sequence is a pure function of dataset, seed, order and
 * transforms: workers, prefetching, stops and resumes do not change it. With `batch`, samples come side by side in
 * batches of that many (fewer at an epoch's end, and where samples were refused).
 *
 * @example for await (const { rasters, labels } of stream(data, { batch: 64, transforms: [randomResizedCrop({ size: 224 })] })) …
 * @throws UsageError for options that do not fit; while iterating DatasetError under `fail`, and the signal's reason
 */
export function stream(
  dataset: Dataset,
  options: StreamOptions & { readonly batch: number },
): Stream<HostBatch>;
export function stream(
  dataset: Dataset,
  options?: StreamOptions & { readonly batch?: undefined },
): Stream<Sample>;
export function stream(
  dataset: Dataset,
  options: StreamOptions & { readonly batch?: number | undefined } = {},
): Stream<Sample> | Stream<HostBatch> {
  const { batch } = options;
  if (batch === undefined) return new Running<Sample>(dataset, options, undefined, ({ samples }) => samples);
  return new Running<HostBatch>(dataset, options, batch, (outcome) => (outcome.batch ? [outcome.batch] : []));
}

/** A unit that was handed out and is not yet behind the cursor. */
interface Entry {
  readonly unit: Unit;
  readonly outcome: Promise<readonly [Entry, Outcome]>;
  done: boolean;
}

class Running<T> implements Stream<T> {
  cursor: Cursor;
  private readonly dataset: Dataset;
  private readonly options: StreamOptions;
  private readonly size: number;
  private readonly unpack: (outcome: Outcome) => readonly T[];
  private readonly setup: ThreadSetup;
  private readonly workers: number;
  private readonly ledger: Ledger;
  private readonly orders = new Map<number, Order>();
  private executor: Executor | undefined;
  private deaths = 0;
  private busy = false;

  constructor(
    dataset: Dataset,
    options: StreamOptions,
    batch: number | undefined,
    unpack: (outcome: Outcome) => readonly T[],
  ) {
    this.size = batch ?? 1;
    this.workers = checkOptions(dataset, options, this.size);
    this.cursor = parseCursor(options.cursor ?? { epoch: 0, offset: 0 });
    this.dataset = dataset;
    this.options = options;
    this.unpack = unpack;
    this.setup = threadSetup(options, batch !== undefined);
    this.ledger = new Ledger(dataset, options.onError);
  }

  get report(): StreamReport {
    return this.ledger.report(this.deaths + (this.executor?.deaths ?? 0));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    const { signal, patience = 60_000, memory } = this.options;
    if (this.busy) throw new UsageError('Expected one loop over a stream at a time.');
    this.busy = true;
    let stop: (() => void) | undefined;
    try {
      signal?.throwIfAborted();
      const executor =
        this.workers > 0
          ? new WorkerPool(this.setup, { workers: this.workers, patience, memory })
          : await inlineExecutor(this.setup, this.dataset);
      this.executor = executor;
      stop = () => executor.stop(signal?.reason);
      signal?.addEventListener('abort', stop, { once: true });
      yield* this.deliver(executor);
    } finally {
      if (stop !== undefined) signal?.removeEventListener('abort', stop);
      await this.executor?.close();
      this.deaths += this.executor?.deaths ?? 0;
      this.executor = undefined;
      this.busy = false;
    }
  }

  private async *deliver(executor: Executor): AsyncGenerator<T, void, void> {
    const { ordered = true, signal } = this.options;
    const window = Math.max(1, this.workers) * (this.options.prefetch ?? (this.setup.batch ? 2 : 8));
    const units = this.units();
    const earlier = new Map((this.cursor.ahead ?? []).map((spot) => [key(spot), spot]));
    const waiting: Entry[] = [];
    for (;;) {
      while (waiting.length < window) {
        const { value: unit } = units.next();
        if (unit === undefined) break;
        const done = earlier.delete(key(unit)); // delivered before the stop
        waiting.push(this.handOut(executor, unit, done));
      }
      while (waiting[0]?.done) this.pass(waiting.shift()!.unit);
      const open = waiting.filter(({ done }) => !done);
      if (open.length === 0) {
        if (waiting.length === 0 && earlier.size === 0) return;
        if (waiting.length === 0)
          throw new UsageError('Expected a cursor of a stream of the same batch and world.');
        continue;
      }
      const next = ordered ? open[0]!.outcome : Promise.race(open.map(({ outcome }) => outcome));
      executor.hold(true);
      const [entry, outcome] = await next;
      executor.hold(false); // a loop that is dropped here must not keep the process
      signal?.throwIfAborted();
      this.ledger.add(entry.unit.epoch, outcome);
      entry.done = true;
      while (waiting[0]?.done) this.pass(waiting.shift()!.unit);
      const ahead = [...waiting.filter(({ done }) => done).map(({ unit }) => unit), ...earlier.values()];
      this.mark(ahead);
      yield* this.unpack(outcome);
      if (this.options.reuse === true && outcome.batch !== undefined) {
        const all = Object.values(outcome.batch.rasters).map(({ data }) => data.buffer);
        executor.recycle(all.filter((buffer) => buffer.byteLength > 0));
      }
    }
  }

  private units(): Generator<Unit> {
    const { rank = 0, world = 1, epochs = 1, remainder } = this.options;
    const { length } = this.order(0);
    return unitsFrom(this.cursor, {
      length,
      size: this.size,
      rank,
      world,
      drop: remainder === 'drop',
      epochs,
    });
  }

  private handOut(executor: Executor, unit: Unit, done: boolean): Entry {
    const outcome = done ? Promise.resolve({ samples: [], refused: [] }) : executor.submit(this.job(unit));
    const entry: Entry = { unit, done, outcome: outcome.then((result) => [entry, result] as const) };
    entry.outcome.catch(() => undefined); // thrown when its turn comes
    return entry;
  }

  /** Everything up to the unit's end is delivered. */
  private pass(unit: Unit): void {
    const { epoch, next } = unit;
    const ahead = (this.cursor.ahead ?? []).filter((spot) => key(spot) !== key(unit));
    this.cursor = { ...next, ...(ahead.length > 0 && { ahead }) };
    for (const old of this.orders.keys()) if (old !== 0 && old < epoch) this.orders.delete(old);
  }

  private mark(ahead: readonly { epoch: number; offset: number }[]): void {
    const { epoch, offset } = this.cursor;
    const spots = ahead.map((one) => ({ epoch: one.epoch, offset: one.offset }));
    this.cursor = { epoch, offset, ...(spots.length > 0 && { ahead: spots }) };
  }

  private job({ epoch, places }: Unit): Job {
    const order = this.order(epoch);
    const items = places.map((place): JobItem => {
      const index = order.at(place);
      const plan = this.dataset.plan?.(index);
      return { place, index, repeats: order.repeats, plan, barred: this.ledger.barred(index) };
    });
    return { epoch, items };
  }

  private order(epoch: number): Order {
    let order = this.orders.get(epoch);
    if (order === undefined) {
      const rng = Rng.of(this.setup.seed).at('epoch', epoch, 'order');
      order = (this.options.order ?? shuffled)(this.dataset.length, rng, epoch);
      this.orders.set(epoch, order);
    }
    return order;
  }
}

function key({ epoch, offset }: { readonly epoch: number; readonly offset: number }): string {
  return `${epoch}:${offset}`;
}
