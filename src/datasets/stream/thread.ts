import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Job, Reply, ThreadSetup } from './job.js';

let entry = new URL('./worker.js', import.meta.url);

/** Says where the worker's script is when this module runs from TypeScript sources, which threads cannot load. */
export function setWorkerEntry(url: URL): void {
  entry = url;
}

/** Why a thread ended, in words that finish the sentence "the worker …". */
export type Death = string;

/** What a thread tells its owner. */
export interface ThreadEvents {
  reply(reply: Reply): void;
  /** It ended without being asked to. */
  died(cause: Death): void;
}

const GRACE_MS = 2000;
/** Room for the short-lived objects of many samples, so that few of them are looked at by the garbage collector. */
const YOUNG_MIB = 32;

/** A worker thread that does jobs one after the other, and whose position in a job can be seen from outside. */
export class Thread {
  private readonly worker: Worker;
  private readonly progress = new Int32Array(new SharedArrayBuffer(8));
  private cause: string | undefined;
  private closed = false;

  constructor(setup: ThreadSetup, memory: number | undefined, events: ThreadEvents) {
    if (!existsSync(entry)) throw new Error(`Expected the worker's script at ${entry.pathname}.`);
    this.worker = new Worker(entry, {
      workerData: { setup, progress: this.progress },
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_MIB,
        ...(memory !== undefined && { maxOldGenerationSizeMb: memory }),
      },
    });
    this.worker.on('message', (reply: Reply) => {
      if (!this.closed) events.reply(reply);
    });
    this.worker.on('messageerror', (error) => {
      this.kill(`sent what could not be read (${error.message})`);
    });
    this.worker.on('error', (error) => {
      const code = 'code' in error ? String(error.code) : '';
      this.cause ??=
        code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? 'ran out of memory'
          : `failed with "${error instanceof Error ? error.message : String(error)}"`;
    });
    this.worker.on('exit', (code) => {
      if (!this.closed) events.died(this.cause ?? `ended with exit code ${code}`);
    });
  }

  /** Item of the present job that is in work. */
  get item(): number {
    return Atomics.load(this.progress, 1);
  }

  /** Grows with every item that is begun. */
  get steps(): number {
    return Atomics.load(this.progress, 0);
  }

  /** Whether the thread keeps the process alive. */
  hold(alive: boolean): void {
    if (alive) this.worker.ref();
    else this.worker.unref();
  }

  /** Queues a job. */
  send(job: Job): void {
    const own = (job.spares ?? []).filter((buffer) => buffer instanceof ArrayBuffer); // shared memory is not handed over
    this.worker.postMessage(job, own);
  }

  /** Ends the thread at once; `died` is called with `cause`. */
  kill(cause: Death): void {
    this.cause ??= cause;
    void this.worker.terminate();
  }

  /** Lets the present item end, then ends the thread; after a moment by force. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const ended = new Promise<void>((resolve) => {
      this.worker.once('exit', () => resolve());
    });
    this.worker.postMessage('close');
    const force = setTimeout(() => void this.worker.terminate(), GRACE_MS);
    await ended;
    clearTimeout(force);
  }
}
