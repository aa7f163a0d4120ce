import { availableParallelism } from 'node:os';
import { UsageError } from '../../core/errors.js';
import type { Dataset } from '../dataset.js';
import type { Sampler } from '../samplers.js';
import type { Cursor } from './cursor.js';
import type { Refusal, ThreadSetup, TransformData } from './job.js';
import { moduleUrl } from './modules.js';

/** How a dataset is streamed. */
export interface StreamOptions {
  /** Root of every random choice; 0 unless told. */
  readonly seed?: number | string;
  /** Where to begin: the `cursor` of an earlier stream. */
  readonly cursor?: Cursor;
  /** Carried out on every sample, in order: as transforms (their name and options cross to the workers) or as data. */
  readonly transforms?: readonly TransformData[];
  /** Paths of user modules that export `transforms` or `loaders`. */
  readonly modules?: readonly string[];
  /** Worker threads, 256 at most; one per core unless told. 0: everything on this thread. */
  readonly workers?: number;
  /** Samples or batches that each worker may be ahead of the consumer; 2 batches or 8 samples unless told. */
  readonly prefetch?: number;
  /** Which sample stands where in an epoch; `shuffled` unless told. */
  readonly order?: Sampler;
  /**
   * What a sample that cannot be read does: `fail` ends the stream with its error (unless told), `skip` leaves it out,
   * `quarantine` leaves it out, lists it in the report and does not try it again in this stream. A server that cannot be
   * reached is no sample's fault: after its retries it ends the stream in any case, which goes on from `cursor`.
   */
  readonly onError?: 'fail' | 'skip' | 'quarantine';
  /** Epochs in all, counted from epoch 0 wherever the cursor is; 1 unless told. `Infinity` is allowed. */
  readonly epochs?: number;
  /** Number of this process among `world` processes that share the epochs; 0 of 1 unless told. */
  readonly rank?: number;
  readonly world?: number;
  /** Samples at an epoch's end that do not fill a batch on every rank: `keep` (unless told) or `drop`. */
  readonly remainder?: 'keep' | 'drop';
  /** `false`: deliver what is ready first. The samples are the same, their order is not. */
  readonly ordered?: boolean;
  /**
   * A batch's arrays lie in shared memory and are written again once the next batch is asked for: saves the memory's
   * first touch and most garbage collection. Only for loops that are done with a batch, or have copied it to a tensor,
   * before they go on: what they keep of it will change under them.
   */
  readonly reuse?: boolean;
  /** Milliseconds for one sample before its worker is replaced; 60,000 unless told. */
  readonly patience?: number;
  /** Heap limit of each worker in MiB. */
  readonly memory?: number;
  readonly signal?: AbortSignal;
}

/** What went through a stream so far. `delivered + refused` is what was taken in. */
export interface StreamReport {
  readonly delivered: number;
  readonly refused: number;
  /** Samples that a worker died on. */
  readonly deaths: number;
  /** Under `quarantine`: every refusal. */
  readonly quarantine: readonly Refusal[];
}

/** A sequence of samples or batches that can be stopped and gone on with anywhere. */
export interface Stream<T> extends AsyncIterable<T> {
  /** What follows comes after everything that was delivered: the whole state of the stream. */
  readonly cursor: Cursor;
  readonly report: StreamReport;
  /** Iterates from `cursor` on; leaving the loop ends the workers. One loop at a time. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, void>;
}

/** Workers that `options` ask for. Throws UsageError for options that are out of range or do not fit the dataset. */
export function checkOptions(dataset: Dataset, options: StreamOptions, batch: number): number {
  const { rank = 0, world = 1, epochs = 1, prefetch = 1, workers = availableParallelism() } = options;
  whole('batch', batch, 1);
  whole('workers', workers, 0);
  if (workers > MOST_WORKERS)
    throw new UsageError(`Expected ${MOST_WORKERS} workers at most but received ${workers}.`);
  whole('prefetch', prefetch, 1);
  whole('world', world, 1);
  whole('rank', rank, 0);
  if (epochs !== Infinity) whole('epochs', epochs, 0);
  if (rank >= world) throw new UsageError(`Expected a rank below world ${world} but received ${rank}.`);
  if (workers > 0 && dataset.length > 0 && dataset.plan === undefined)
    throw new UsageError(
      'Expected a dataset that worker threads can read but this one has no plan: use workers: 0, or give it a loader (defineLoader).',
    );
  return workers;
}

/** Worker threads of one stream at most: thousands would only stop the machine. */
export const MOST_WORKERS = 256;

/** What every thread must know. */
export function threadSetup(options: StreamOptions, batch: boolean): ThreadSetup {
  return {
    seed: options.seed ?? 0,
    transforms: (options.transforms ?? []).map(({ name, options: chosen }) => ({ name, options: chosen })),
    modules: (options.modules ?? []).map(moduleUrl),
    batch,
    shared: options.reuse === true,
    strict: (options.onError ?? 'fail') === 'fail',
  };
}

function whole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new UsageError(`Expected a whole number of ${least} or more for ${name} but received ${value}.`);
}
