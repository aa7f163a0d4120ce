import * as tf from '@tensorflow/tfjs-core';
import { CheckpointError, ShapeError } from '../../core/errors.js';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { readInput } from '../../io/files/open-input.js';
import {
  fromFloat32,
  type NamedArray,
  readSafetensors,
  toFloat32,
  writeSafetensors,
} from '../../io/tensors/safetensors.js';
import type { Adam } from './adam.js';

/** Where a training stands, beside its tensors. */
export interface CheckpointState {
  readonly task: string;
  /** Steps done: the next batch is drawn at this address. */
  readonly step: number;
  readonly seed: number;
  /** What the features of each perceptual layer are multiplied with. */
  readonly scales: readonly number[];
}

const STATE = 'cuemix.training';
const MAX_BYTES = 2 ** 31;

/** Every tensor of a training by its key in the checkpoint: `weights/stem.bias`, `first/stem.bias`, … */
function tensorsOf(adam: Adam): Map<string, tf.Variable> {
  const all = new Map<string, tf.Variable>();
  const groups = [['weights', adam.variables] as const, ...adam.slots];
  for (const [group, variables] of groups) {
    for (const [name, variable] of variables) all.set(`${group}/${name}`, variable);
  }
  return all;
}

/** Writes weights, optimizer state and position in one atomic file. */
export async function saveCheckpoint(path: string, adam: Adam, state: CheckpointState): Promise<void> {
  const arrays = new Map<string, NamedArray>();
  for (const [key, variable] of tensorsOf(adam)) {
    arrays.set(key, fromFloat32((await variable.data()) as Float32Array, variable.shape));
  }
  await writeFileAtomic(path, writeSafetensors(arrays, new Map([[STATE, JSON.stringify(state)]])));
}

/** What a checkpoint says of its training, without its tensors. Throws `CheckpointError` for another kind of file. */
export async function readCheckpointState(path: string): Promise<CheckpointState> {
  return parseState(readSafetensors(await readInput(path, MAX_BYTES), path).metadata.get(STATE), path);
}

function parseState(text: string | undefined, path: string): CheckpointState {
  const wrong = new CheckpointError(
    'E_CHECKPOINT',
    `Expected a training of cuemix train-stylizer in ${path}.`,
  );
  if (text === undefined) throw wrong;
  const state = JSON.parse(text) as Partial<CheckpointState> | null;
  const { task, step, seed, scales } = state ?? {};
  const whole = [step, seed].every((value) => Number.isSafeInteger(value));
  if (typeof task !== 'string' || !whole || !Array.isArray(scales)) throw wrong;
  return { task, step: step!, seed: seed!, scales };
}

/** Puts a checkpoint's tensors into the variables and returns where it stands. Throws for other names or shapes. */
export async function loadCheckpoint(path: string, adam: Adam): Promise<CheckpointState> {
  const { tensors, metadata } = readSafetensors(await readInput(path, MAX_BYTES), path);
  for (const [key, variable] of tensorsOf(adam)) {
    const array = tensors.get(key);
    if (!array) throw new CheckpointError('E_CHECKPOINT', `Expected ${key} in ${path}; it is missing.`);
    if (`${array.shape}` !== `${variable.shape}`)
      throw new ShapeError(key, variable.shape, array.shape, path);
    tf.tidy(() => variable.assign(tf.tensor(toFloat32(array), variable.shape)));
  }
  return parseState(metadata.get(STATE), path);
}
