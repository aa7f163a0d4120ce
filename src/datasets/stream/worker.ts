/** Entry of a stream's worker threads. Reads jobs from its parent one after the other; loads no TensorFlow. */
import { parentPort, workerData } from 'node:worker_threads';
import { emptyLike, type Sample } from '../../core/sample.js';
import type { Job, Outcome, Reply, ThreadSetup } from './job.js';
import { codeOf, makeProducer } from './producer.js';

const { setup, progress } = workerData as { setup: ThreadSetup; progress: Int32Array };
const port = parentPort!;
const stop = new AbortController();
const producer = makeProducer(setup);
let line: Promise<void> = producer.then(
  () => send({ ready: true }),
  (error: unknown) => send(failure(error)),
);

port.on('message', (message: Job | 'close') => {
  if (message === 'close') {
    stop.abort();
    line = line.then(async () => {
      await (await producer).close();
      port.close();
    });
    return;
  }
  line = line.then(() => work(message));
});

async function work(job: Job): Promise<void> {
  try {
    const mark = (item: number) => {
      Atomics.store(progress, 1, item);
      Atomics.add(progress, 0, 1);
    };
    const outcome = await (await producer).produce(job, mark, stop.signal);
    const { owned, buffers } = detach(outcome);
    port.postMessage({ outcome: owned } satisfies Reply, buffers);
  } catch (error) {
    if (!stop.signal.aborted) send(failure(error));
  }
}

function send(reply: Reply): void {
  port.postMessage(reply);
}

function failure(error: unknown): Reply {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { error: { name, code: codeOf(error) ?? 'E_UNEXPECTED', message } };
}

/**
 * The outcome in arrays whose memory can be handed over. A batch has memory of its own; a sample's may belong to the
 * decoder or be shared, so it is copied, here and not on the consumer's thread.
 */
function detach(outcome: Outcome): { owned: Outcome; buffers: ArrayBuffer[] } {
  const buffers: ArrayBuffer[] = [];
  for (const { data } of Object.values(outcome.batch?.rasters ?? {}))
    if (data.buffer instanceof ArrayBuffer) buffers.push(data.buffer);
  const samples = outcome.samples.map((sample): Sample => {
    const rasters: Record<string, Sample['rasters'][string]> = {};
    for (const [name, raster] of Object.entries(sample.rasters)) {
      const data = emptyLike(raster.data, raster.data.length);
      data.set(raster.data);
      buffers.push(data.buffer as ArrayBuffer);
      rasters[name] = { ...raster, data };
    }
    return { ...sample, rasters };
  });
  return { owned: { ...outcome, samples }, buffers };
}
