import type { Dataset } from '../dataset.js';
import type { ThreadSetup } from './job.js';
import type { Executor } from './pool.js';
import { makeProducer } from './producer.js';

/** Does jobs one after the other on the thread that calls. Sets without a plan can be read. */
export async function inlineExecutor(setup: ThreadSetup, dataset: Dataset): Promise<Executor> {
  const producer = await makeProducer(setup, dataset);
  const stopped = new AbortController();
  const spares: ArrayBufferLike[] = [];
  let line: Promise<unknown> = Promise.resolve();
  return {
    deaths: 0,
    submit(job) {
      const result = line.then(() =>
        producer.produce({ ...job, spares: spares.splice(0) }, undefined, stopped.signal),
      );
      line = result.catch(() => undefined);
      return result;
    },
    hold: () => undefined,
    recycle: (buffers) => void spares.push(...buffers),
    stop: (reason) => stopped.abort(reason),
    async close() {
      stopped.abort(new Error('The stream was closed.'));
      await line;
      await producer.close();
    },
  };
}
