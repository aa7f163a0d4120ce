import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { CheckpointError } from '../../core/errors.js';
import { readSafetensors } from '../../io/tensors/safetensors.js';
import { readWeightBytes } from '../../models/files.js';
import type { Model, ModelConfig } from '../../models/model.js';
import { buildModel } from '../../models/registry.js';
import { loadStateDict } from '../../models/weights.js';
import type { Recipe } from '../recipe/schema.js';
import {
  type FindOptions,
  MODEL_FILE,
  readState,
  readVerified,
  resolveCheckpoint,
  TRAINING_FILE,
} from './folder.js';
import { preprocessingOf, type TrainedPreprocessing } from './preprocessing.js';
import type { TrainedParts } from './save.js';
import type { CheckpointState } from './state.js';
import { writeVariables } from './tensors.js';

/** A trained network with what is known of its training. Who loads it disposes `model`. */
export interface LoadedCheckpoint {
  /** With the moving averages as weights, where the recipe asks for them. */
  readonly model: Model;
  readonly config: ModelConfig;
  /** As it was checked when it was trained. */
  readonly recipe: Recipe;
  /** Class names by index, where the data had some. */
  readonly classes?: readonly string[];
  /** How pictures were prepared for validation. */
  readonly preprocessing: TrainedPreprocessing;
  readonly state: CheckpointState;
  /** The checkpoint's folder. */
  readonly path: string;
}

/**
 * Loads a network from a run's folder (its last or best checkpoint that is whole) or from a checkpoint's folder; every
 * file is checked against its hash. Needs an open engine. Nothing in it is executed.
 * @throws CheckpointError E_CHECKPOINT (none there, or all damaged), E_HASH, E_FORMAT; StorageError
 */
export async function loadCheckpoint(path: string, options: FindOptions = {}): Promise<LoadedCheckpoint> {
  const folder = await resolveCheckpoint(path, options);
  const state = await readState(folder);
  const file = join(folder, MODEL_FILE);
  const { weights, config } = readWeightBytes(await readVerified(folder, state, MODEL_FILE), file);
  if (config === undefined)
    throw new CheckpointError('E_CONFIG', `Expected ${file} to say which model it holds.`);
  const model = buildModel(config);
  try {
    loadStateDict(model, weights, { where: file });
  } catch (error) {
    model.dispose();
    throw error;
  }
  const recipe = state.recipe as Recipe;
  return {
    model,
    config: model.config,
    recipe,
    ...(state.classes && { classes: state.classes }),
    preprocessing: preprocessingOf(recipe),
    state,
    path: folder,
  };
}

/** The configuration of the network in a checkpoint, which a search may have made smaller. */
export async function checkpointConfig(folder: string): Promise<ModelConfig | undefined> {
  const state = await readState(folder);
  return readWeightBytes(await readVerified(folder, state, MODEL_FILE), join(folder, MODEL_FILE)).config;
}

/** Puts a checkpoint's tensors back into the parts of a run, to the bit. */
export async function restoreCheckpoint(
  folder: string,
  { model, optimizer, average }: TrainedParts,
): Promise<CheckpointState> {
  const state = await readState(folder);
  const read = async (name: string) =>
    readSafetensors(await readVerified(folder, state, name), join(folder, name)).tensors;
  const [evaluated, training] = [await read(MODEL_FILE), await read(TRAINING_FILE)];
  const set = (variable: tf.Variable, values: Float32Array): void =>
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  writeVariables(model, optimizer.state, training, join(folder, TRAINING_FILE), set);
  if (average === undefined) {
    writeVariables(model, model.variables, evaluated, join(folder, MODEL_FILE), set);
    return state;
  }
  writeVariables(model, average.averages, evaluated, join(folder, MODEL_FILE), set);
  const own = new Map(
    [...training].flatMap(([key, array]) =>
      key.startsWith('weights:') ? [[key.slice(8), array] as const] : [],
    ),
  );
  writeVariables(model, model.variables, own, join(folder, TRAINING_FILE), set);
  return state;
}
