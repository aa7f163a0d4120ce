import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { CuemixError } from '../../core/errors.js';
import { writeFileAtomic } from '../../io/files/atomic.js';
import type { NamedArray } from '../../io/tensors/dtype.js';
import { fromFloat32 } from '../../io/tensors/float.js';
import { writeSafetensors } from '../../io/tensors/safetensors.js';
import type { PreparedBatch } from './batches.js';

const SHOWN = 8;

/** Training met a loss that is not a finite number. */
export class DivergedError extends CuemixError {
  readonly step: number;
  /** Samples of the step. */
  readonly ids: readonly string[];

  constructor(step: number, loss: number, ids: readonly string[], folder: string | undefined) {
    const some = ids.slice(0, SHOWN).join(', ') + (ids.length > SHOWN ? `, … (${ids.length})` : '');
    const dump = folder === undefined ? '' : ` The batch is in ${folder}.`;
    super(
      'E_DIVERGED',
      `The loss is ${loss} at step ${step} with the samples ${some}.${dump} Lower the learning rate, clip the gradients, or compute in fp32.`,
    );
    this.step = step;
    this.ids = ids;
  }
}

/** Writes the tensors of a batch (`batch.safetensors`) and what was drawn for it (`batch.json`). Returns the folder. */
export async function dumpBatch(out: string, step: number, batch: PreparedBatch): Promise<string> {
  const folder = join(out, `diverged-step-${step}`);
  const arrays = new Map<string, NamedArray>();
  const add = async (name: string, tensor: tf.Tensor): Promise<void> => {
    arrays.set(name, fromFloat32((await tensor.data()) as Float32Array, tensor.shape));
  };
  for (const [part, { views }] of batch.parts.entries()) {
    for (const [index, { x, target, route }] of views.entries()) {
      await add(`part${part}.view${index}.${route}.x`, x);
      await add(`part${part}.view${index}.${route}.target`, target);
    }
  }
  const drawn = batch.parts.map(({ batches }) =>
    batches.map(({ route, labels, trace }) => ({ route, labels, trace })),
  );
  const facts = { step, epoch: batch.epoch, ids: batch.ids, traces: batch.traces, parts: drawn };
  await writeFileAtomic(join(folder, 'batch.safetensors'), writeSafetensors(arrays));
  await writeFileAtomic(join(folder, 'batch.json'), `${JSON.stringify(facts, undefined, 1)}\n`);
  return folder;
}
