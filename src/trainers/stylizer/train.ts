import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { CuemixError, UsageError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import type { Precision } from '../../engine/index.js';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { makeFolder } from '../../io/files/make-folder.js';
import { writeSafetensors } from '../../io/tensors/safetensors.js';
import { Adam } from './adam.js';
import type { BatchSource } from './batches.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { type PreviewOptions, writePreview } from './preview.js';
import { batchShape, learningRate, type ScheduleOptions } from './schedule.js';
import { type StepResult, trainingStep } from './step.js';
import type { StyleTask } from './task.js';

export interface TrainOptions {
  readonly task: StyleTask;
  readonly source: BatchSource;
  readonly schedule: ScheduleOptions;
  readonly seed: number;
  readonly scales: readonly number[];
  readonly precision: Precision;
  /** Folder for `checkpoint.safetensors`, `<task>.safetensors`, `losses.jsonl` and `preview-<step>.png`. */
  readonly out: string;
  /** Go on from the checkpoint in `out`. */
  readonly resume: boolean;
  /** Steps between checkpoints with weights, and between previews; the last step always makes both. */
  readonly saveEvery: number;
  readonly previewEvery: number;
  readonly preview?: PreviewOptions;
  /** Extra files of the weights, such as `.pth`. */
  readonly onWeights?: (values: ReadonlyMap<string, Float32Array>) => Promise<void>;
  readonly onStep?: (step: number, result: StepResult) => void;
  readonly signal?: AbortSignal;
}

/** Where the averaged weights of a task are written. */
export const weightsPath = (out: string, task: StyleTask): string => join(out, `${task.name}.safetensors`);

/** Earlier lines of the log, up to the step that the checkpoint stands at. */
async function earlierLog(path: string, step: number): Promise<string[]> {
  if (step === 0) return [];
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, step);
}

async function averages(adam: Adam): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [name, variable] of adam.slots.get('average')!)
    values.set(name, (await variable.data()) as Float32Array);
  return values;
}

/**
 * Trains a stylizer: the next batch is decoded while a step runs; step n sees the same pictures in every run, so
 * that a resumed training goes on exactly. Resolves with the number of steps done: fewer than planned if the signal
 * stopped it, after a checkpoint.
 */
export async function trainStylizer(options: TrainOptions): Promise<number> {
  const { task, source, schedule, seed, out, scales, signal, preview } = options;
  await makeFolder(out);
  const adam = new Adam(task.variables);
  const step = trainingStep(task, adam, options.precision);
  const checkpoint = join(out, 'checkpoint.safetensors');
  const logPath = join(out, 'losses.jsonl');
  try {
    let done = 0;
    if (options.resume) {
      const state = await loadCheckpoint(checkpoint, adam);
      if (state.task !== task.name || state.seed !== seed) {
        throw new UsageError(
          `Expected a ${task.name} training with seed ${seed} in ${checkpoint} but it is ${state.task} with seed ${state.seed}.`,
        );
      }
      done = state.step;
    }
    const log = await earlierLog(logPath, done);
    const save = async (): Promise<void> => {
      await saveCheckpoint(checkpoint, adam, { task: task.name, step: done, seed, scales });
      const values = await averages(adam);
      const { tensors, metadata } = task.exported(values);
      await writeFileAtomic(weightsPath(out, task), writeSafetensors(tensors, metadata));
      await options.onWeights?.(values);
      await writeFileAtomic(logPath, log.map((line) => `${line}\n`).join(''), { fsync: false });
    };
    const show = async (): Promise<void> => {
      if (!preview) return;
      task.beforePaint?.();
      const values = adam.slots.get('average') as ReadonlyMap<string, tf.Tensor>;
      await writePreview(join(out, `preview-${String(done).padStart(6, '0')}.png`), task, values, preview);
    };
    const draw = (index: number): ReturnType<BatchSource> => {
      const { batch, size } = batchShape(schedule, index);
      return source(Rng.of(seed).at('step', index), batch, size);
    };
    let next = draw(done);
    while (done < schedule.steps) {
      const batch = await next;
      if (done + 1 < schedule.steps) next = draw(done + 1);
      next.catch(() => undefined); // reported when it is awaited
      const rate = learningRate(schedule, done);
      task.beforeStep?.(Rng.of(seed).at('step', done));
      const result = await step.run(batch, done, rate);
      if (!Number.isFinite(result.total)) {
        throw new CuemixError(
          'E_DIVERGED',
          `The loss is ${result.total} at step ${done}. Lower the learning rate.`,
        );
      }
      log.push(JSON.stringify({ step: done, rate, size: batch.size, ...result }));
      options.onStep?.(done, result);
      done++;
      const last = done === schedule.steps || signal?.aborted === true;
      if (last || done % options.saveEvery === 0) await save();
      if (last || done % options.previewEvery === 0) await show();
      if (signal?.aborted) break;
    }
    return done;
  } finally {
    step.dispose();
    adam.dispose();
  }
}
