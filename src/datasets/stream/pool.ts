import { DatasetError, UsageError } from '../../core/errors.js';
import type { Job, JobItem, Outcome, Reply, ThreadSetup } from './job.js';
import { type Death, Thread } from './thread.js';

/** Does jobs somewhere. */
export interface Executor {
  /** Resolves when the job is done; jobs may be submitted ahead. */
  submit(job: Job): Promise<Outcome>;
  /** Samples that a worker died on, so far. */
  readonly deaths: number;
  /** Whether somebody waits for a result; where nobody does, threads do not keep the process alive. */
  hold(waited: boolean): void;
  /** Gives up all jobs with `reason`. */
  stop(reason: unknown): void;
  /** Takes back memory that nobody reads any more. */
  recycle(buffers: readonly ArrayBufferLike[]): void;
  close(): Promise<void>;
}

/** How many threads, and what they may take. */
export interface PoolOptions {
  readonly workers: number;
  /** Milliseconds for one sample before its worker is taken for hung. */
  readonly patience: number;
  /** Heap of a worker in MiB; node's default unless told. */
  readonly memory?: number | undefined;
}

interface Task {
  readonly job: Job;
  /** Deaths by item. */
  readonly deaths: Map<number, number>;
  readonly barred: Map<number, { code: string; message: string }>;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

interface Slot {
  thread: Thread;
  readonly tasks: Task[];
  ready: boolean;
  seen: { steps: number; at: number };
}

const TRIES = 2;

/**
 * A fixed number of worker threads. Jobs are posted ahead into each thread's own queue, so that threads go on while the
 * thread that consumes is busy (ready-made pools hand out one job when one comes back, which needs the consumer). A
 * thread does its jobs in order and shows the item in work in shared memory, so that a death, even of native code, is
 * put down to one sample: that sample is tried once more in a fresh thread and then barred.
 */
export class WorkerPool implements Executor {
  deaths = 0;
  private readonly slots: Slot[];
  private readonly watch: NodeJS.Timeout;
  private readonly setup: ThreadSetup;
  private readonly options: PoolOptions;
  private readonly spares: ArrayBufferLike[] = [];
  private failed: unknown;
  private closing = false;
  private held = true;

  constructor(setup: ThreadSetup, options: PoolOptions) {
    this.setup = setup;
    this.options = options;
    this.slots = Array.from({ length: options.workers }, () => {
      const slot: Slot = { tasks: [], ready: false, seen: { steps: 0, at: 0 } } as unknown as Slot;
      slot.thread = this.start(slot);
      return slot;
    });
    this.watch = setInterval(() => this.lookForHung(), Math.max(50, options.patience / 4));
    this.watch.unref();
  }

  submit(job: Job): Promise<Outcome> {
    if (this.failed !== undefined) return Promise.reject(this.failed);
    return new Promise((resolve, reject) => {
      const slot = this.slots.reduce((least, one) => (one.tasks.length < least.tasks.length ? one : least));
      const spares = this.spares.splice(0);
      const task: Task = { job, deaths: new Map(), barred: new Map(), resolve, reject };
      if (slot.tasks.length === 0) slot.seen = { steps: slot.thread.steps, at: performance.now() };
      slot.tasks.push(task);
      slot.thread.send({ ...job, spares });
    });
  }

  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.watch);
    await Promise.all(this.slots.map(({ thread }) => thread.close()));
    for (const slot of this.slots)
      for (const task of slot.tasks.splice(0)) task.reject(new Error('The stream was closed.'));
  }

  private start(slot: Slot): Thread {
    slot.ready = false;
    const thread = new Thread(this.setup, this.options.memory, {
      reply: (reply) => this.answer(slot, reply),
      died: (cause) => this.bury(slot, cause),
    });
    thread.hold(this.held);
    return thread;
  }

  hold(waited: boolean): void {
    this.held = waited;
    for (const { thread } of this.slots) thread.hold(waited);
  }

  private answer(slot: Slot, reply: Reply): void {
    if ('ready' in reply) {
      slot.ready = true;
      slot.seen = { steps: slot.thread.steps, at: performance.now() };
    } else if ('outcome' in reply) {
      slot.tasks.shift()?.resolve(reply.outcome);
    } else {
      const { name, code, message } = reply.error;
      this.stop(name === 'UsageError' ? new UsageError(message) : new DatasetError(code, message));
    }
  }

  private bury(slot: Slot, cause: Death): void {
    if (this.closing) return;
    if (!slot.ready) {
      this.stop(new DatasetError('E_WORKER', `Expected a worker thread to start but it ${cause}.`));
      return;
    }
    const [task] = slot.tasks;
    if (task !== undefined) {
      const place = Math.min(slot.thread.item, task.job.items.length - 1);
      const died = (task.deaths.get(place) ?? 0) + 1;
      task.deaths.set(place, died);
      if (died >= TRIES) {
        this.deaths++;
        task.barred.set(place, { code: 'E_WORKER', message: obituary(task.job.items[place]!, cause) });
      }
    }
    slot.thread = this.start(slot);
    slot.seen = { steps: 0, at: performance.now() };
    for (const waiting of slot.tasks) slot.thread.send(withBarred(waiting));
  }

  recycle(buffers: readonly ArrayBufferLike[]): void {
    this.spares.push(...buffers);
  }

  stop(error: unknown): void {
    this.failed ??= error;
    for (const slot of this.slots) for (const task of slot.tasks.splice(0)) task.reject(error);
  }

  private lookForHung(): void {
    const now = performance.now();
    for (const { thread, tasks, seen, ready } of this.slots) {
      if (thread.steps !== seen.steps || tasks.length === 0 || !ready) {
        seen.steps = thread.steps;
        seen.at = now;
      } else if (now - seen.at > this.options.patience) {
        seen.at = now;
        thread.kill(`took longer than ${this.options.patience} ms (patience)`);
      }
    }
  }
}

function obituary({ index, plan }: JobItem, cause: Death): string {
  const item: unknown = plan?.item;
  const named = typeof item === 'object' && item !== null && 'id' in item ? `"${String(item.id)}" ` : '';
  return `Cannot read sample ${named}(index ${index}): the worker that read it ${cause}, ${TRIES} times.`;
}

function withBarred({ job, barred }: Task): Job {
  if (barred.size === 0) return job;
  return { ...job, items: job.items.map((item, at) => ({ ...item, barred: barred.get(at) ?? item.barred })) };
}
