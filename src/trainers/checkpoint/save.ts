import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Cursor } from '../../datasets/stream/cursor.js';
import { withAtomicFolder, writeFileAtomic } from '../../io/files/atomic.js';
import { sha256 } from '../../io/files/hash.js';
import { temporaryPath } from '../../io/files/temporary.js';
import { writeSafetensors } from '../../io/tensors/safetensors.js';
import { PREPROCESSING, weightMetadata } from '../../models/files.js';
import type { WeightAverage } from '../ema.js';
import type { Network } from '../network.js';
import type { Optimizer } from '../optimizer.js';
import type { Recipe } from '../recipe/schema.js';
import { checkpointPath, MODEL_FILE, pruneCheckpoints, STATE_FILE, TRAINING_FILE } from './folder.js';
import { preprocessingOf } from './preprocessing.js';
import { type CheckpointState, formatState } from './state.js';
import { readVariables } from './tensors.js';

/** What of a run holds tensors. */
export interface TrainedParts {
  readonly model: Network;
  readonly optimizer: Optimizer;
  readonly average?: WeightAverage;
}

/** What else a checkpoint holds. */
export type CheckpointFacts = Omit<CheckpointState, 'format' | 'files' | 'recipe' | 'cursor'> & {
  readonly recipe: Recipe;
  readonly cursor: Cursor;
};

/**
 * Writes a checkpoint as one folder that appears whole, and removes those that need not be kept. One of the same step
 * (that was damaged, or made before its validation) is replaced.
 * @throws CheckpointError E_DIVERGED when a weight is not finite; StorageError
 */
export async function saveCheckpoint(
  run: string,
  parts: TrainedParts,
  facts: CheckpointFacts,
): Promise<string> {
  const { model, optimizer, average } = parts;
  const { recipe, cursor, ...rest } = facts;
  const path = checkpointPath(run, facts.step);
  const metadata = weightMetadata(model.config, facts.classes);
  metadata.set(PREPROCESSING, JSON.stringify(preprocessingOf(recipe)));
  const training = await readVariables(model, optimizer.state);
  const weights = await readVariables(model, model.variables);
  if (average) for (const [name, array] of weights) training.set(`weights:${name}`, array);
  const evaluated = average ? await readVariables(model, average.averages) : weights;
  const files = [
    [MODEL_FILE, writeSafetensors(evaluated, metadata)],
    [TRAINING_FILE, writeSafetensors(training, new Map(), { hash: false })], // the state holds its hash,
  ] as const;
  const state: CheckpointState = {
    ...rest,
    format: 'cuemix checkpoint 1',
    cursor: { epoch: cursor.epoch, offset: cursor.offset },
    recipe: JSON.parse(JSON.stringify(recipe)) as Record<string, unknown>,
    files: Object.fromEntries(
      files.map(([name, bytes]) => [name, { sha256: sha256(bytes), bytes: bytes.length }]),
    ),
  };
  const older = temporaryPath(dirname(path));
  const replaces = await rename(path, older).then(
    () => true,
    () => false,
  );
  await withAtomicFolder(path, async (folder) => {
    for (const [name, bytes] of files) await writeFileAtomic(join(folder, name), bytes);
    await writeFileAtomic(join(folder, STATE_FILE), formatState(state));
  });
  if (replaces) await rm(older, { recursive: true, force: true });
  await pruneCheckpoints(run, recipe.checkpoints.keep, recipe.checkpoints.best);
  return path;
}
