import { setMaxListeners } from 'node:events';

/**
 * Runs `jobs` in order with up to `depth` started before they are asked for, and yields their results in order. Stopping
 * early starts no more; those under way end on their own.
 */
export async function* ahead<T>(jobs: Iterable<() => Promise<T>>, depth: number): AsyncGenerator<T> {
  const queue: Promise<T>[] = [];
  for (const job of jobs) {
    const started = job();
    started.catch(() => undefined); // reported when its turn comes
    queue.push(started);
    if (queue.length > depth) yield await queue.shift()!;
  }
  for (const started of queue) yield await started;
}

/** `work`, but rejecting with the signal's reason as soon as it aborts; the work itself goes on unheard. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  work.catch(() => undefined);
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

/**
 * Work going on beside the main line. The first failure is kept and thrown at the next `check` or `settle`.
 */
export class SideWork {
  private readonly running = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  /** Adds work that runs already. */
  add(work: Promise<void>): void {
    const watched = work
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.running.delete(watched));
    this.running.add(watched);
  }

  /** Throws the first failure so far. */
  check(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }

  /** Waits until at most `most` are running. Throws the first failure. */
  async drain(most: number): Promise<void> {
    while (this.running.size > most && this.failure === undefined) await Promise.race(this.running);
    this.check();
  }

  /** Waits until nothing runs; never throws. */
  async quiet(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}

/** Does `work` for each item, at most `width` at once, and gives the results in the items' order. Stops at the first error. */
export async function mapLimited<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, place: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const place = next++;
      try {
        results[place] = await work(items[place]!, place);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(width, items.length)) }, lane));
  return results;
}

/**
 * A signal that aborts with `signal` and may have any number of listeners: many pictures are on their way at once, and
 * Node would take their listeners for a leak.
 */
export function crowdedSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  const inner = AbortSignal.any([signal]);
  setMaxListeners(0, inner);
  return inner;
}
