import { early } from '../../core/early.js';
import { CuemixError, UsageError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import type { Applied, Sample } from '../../core/sample.js';
import { fromData, run } from '../../core/transform.js';
import { collate } from '../collate.js';
import type { Dataset } from '../dataset.js';
import { type LoadContext, loaderPool } from '../loader.js';
import { BatchMemory } from './batch-memory.js';
import type { Job, JobItem, Outcome, ThreadSetup } from './job.js';
import { importKnown } from './modules.js';

/** Turns jobs into samples; the same in a worker thread and without one. */
export interface Producer {
  /**
   * `mark(i)` is called before item `i`. Throws UsageError, what the network does, and the signal's reason; other failures
   * are refusals.
   */
  produce(job: Job, mark?: (item: number) => void, signal?: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

/** Spare pieces of memory that a thread keeps at most. */
const KEPT = 8;

/** Makes a producer. `dataset` is read directly where an item has no plan. */
export async function makeProducer(setup: ThreadSetup, dataset?: Dataset): Promise<Producer> {
  const known = await importKnown(setup.modules);
  const transforms = setup.transforms.map((data) => fromData(known.transforms, data));
  const loaders = loaderPool(known.loaders);
  const root = Rng.of(setup.seed);
  const kept: ArrayBufferLike[] = [];

  const read = async (item: JobItem, context: LoadContext): Promise<Sample> => {
    if (item.plan !== undefined) return (await loaders.open(item.plan.loader)).load(item.plan.item, context);
    if (dataset === undefined) throw new UsageError('Expected a dataset that other threads can read.');
    return dataset.read(item.index, context.rng, context.signal);
  };

  const make = async (
    item: JobItem,
    epoch: number,
    room: LoadContext['room'],
    signal?: AbortSignal,
  ): Promise<Sample> => {
    const drawn = root.at('epoch', epoch, 'sample', item.index);
    const rng = item.repeats ? drawn.at('place', item.place) : drawn;
    let drafted: readonly Applied[] = [];
    let done: readonly Applied[] = [];
    const context: LoadContext = {
      index: item.index,
      rng: rng.at('read'),
      ...(signal && { signal }),
      region(height, width) {
        const plan = early(transforms, rng, height, width);
        drafted = plan.done;
        return drafted.length > 0 ? plan.region : undefined;
      },
      took() {
        done = drafted;
      },
      ...(room && { room }),
    };
    const sample = { ...(await read(item, context)), index: item.index };
    if (done.length === 0) return run(sample, transforms, rng, signal);
    return run({ ...sample, trace: [...sample.trace, ...done] }, transforms, rng, signal, done.length);
  };

  return {
    async produce({ epoch, items, spares = [] }, mark, signal) {
      kept.push(...spares);
      kept.splice(0, kept.length - KEPT);
      const samples: Sample[] = [];
      const laid = setup.batch ? new BatchMemory(items.length, kept, setup.shared) : undefined;
      const room = laid && ((bytes: number) => laid.room(samples.length, bytes));
      const refused: Outcome['refused'][number][] = [];
      for (const [position, item] of items.entries()) {
        signal?.throwIfAborted();
        mark?.(position);
        const { place, index, barred } = item;
        try {
          if (barred !== undefined) throw new CuemixError(barred.code, barred.message);
          samples.push(await make(item, epoch, room, signal));
        } catch (error) {
          signal?.throwIfAborted();
          if (isNoSamples(error)) throw error;
          refused.push({ place, index, ...reasonOf(error, index) });
          if (setup.strict) break;
        }
      }
      if (laid === undefined) return { samples, refused };
      const batch = samples.length > 0 ? { batch: collate(samples, kept, laid.all, setup.shared) } : {};
      kept.push(...laid.unused(batch.batch));
      return { samples: [], refused, ...batch };
    },
    close: () => loaders.close(),
  };
}

const OUTAGES = new Set(['E_NETWORK', 'E_BUSY']);

/** Whether a fault is no sample's: leaving out what a server could not send for a while would change what is trained on. */
function isNoSamples(error: unknown): boolean {
  return (error instanceof Error && error.name === 'UsageError') || OUTAGES.has(codeOf(error) ?? '');
}

/** Code of an error of this library, if it is one. User modules may carry their own copy of the error classes. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  return /^E_/.test(String(error.code)) ? String(error.code) : undefined;
}

function reasonOf(error: unknown, index: number): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (code !== undefined) return { code, message };
  return { code: 'E_UNEXPECTED', message: `Cannot read sample ${index}: ${message}` };
}
