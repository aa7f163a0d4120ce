import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CheckpointError } from '../../core/errors.js';
import { sha256 } from '../../io/files/hash.js';
import { readInput } from '../../io/files/open-input.js';
import { storageError, systemCode } from '../../io/files/storage-error.js';
import { type CheckpointState, parseState } from './state.js';

export const CHECKPOINTS = 'checkpoints';
export const STATE_FILE = 'state.json';
/** What one evaluates: weights, or their moving averages, in the form of `saveModel`. */
export const MODEL_FILE = 'model.safetensors';
/** What only a training needs: optimizer state, and the weights themselves where `MODEL_FILE` holds averages. */
export const TRAINING_FILE = 'training.safetensors';

const MAX_STATE = 64 * 1024 * 1024;
const NAME = /^step-(\d{8,})$/;

/** Folder of the checkpoint after so many steps. */
export function checkpointPath(run: string, step: number): string {
  return join(run, CHECKPOINTS, `step-${String(step).padStart(8, '0')}`);
}

/** Folders of a run's checkpoints, newest first. */
export async function listCheckpoints(run: string): Promise<string[]> {
  const folder = join(run, CHECKPOINTS);
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw storageError(error, folder, 'read');
  });
  const steps = (name: string): number => Number(NAME.exec(name)![1]);
  return names
    .filter((name) => NAME.test(name))
    .sort((a, b) => steps(b) - steps(a))
    .map((name) => join(folder, name));
}

/** What a checkpoint says of itself; its own hash is checked, its other files are not read. */
export async function readState(checkpoint: string): Promise<CheckpointState> {
  const path = join(checkpoint, STATE_FILE);
  return parseState((await readInput(path, MAX_STATE)).toString('utf8'), path);
}

/** Reads a file of a checkpoint and checks its hash. @throws CheckpointError E_HASH, StorageError */
export async function readVerified(
  checkpoint: string,
  state: CheckpointState,
  name: string,
): Promise<Uint8Array> {
  const path = join(checkpoint, name);
  const expected = state.files[name];
  if (expected === undefined)
    throw new CheckpointError('E_FORMAT', `Expected ${checkpoint} to list ${name} but it does not.`);
  const bytes = await readInput(path, Number.POSITIVE_INFINITY);
  if (bytes.length === expected.bytes && sha256(bytes) === expected.sha256) return bytes;
  throw new CheckpointError('E_HASH', `Cannot read ${path}: it does not match its SHA-256; it is damaged.`);
}

/** Checks every file of a checkpoint. @throws CheckpointError, StorageError */
export async function verifyCheckpoint(checkpoint: string): Promise<CheckpointState> {
  const state = await readState(checkpoint);
  for (const name of Object.keys(state.files)) await readVerified(checkpoint, state, name);
  return state;
}

/** Whether `a` is the better score. */
export function isBetter(a: number, b: number, higher: boolean): boolean {
  return higher ? a > b : a < b;
}

export interface FindOptions {
  /** `best`: of those that were validated. Default `last`. */
  readonly which?: 'last' | 'best';
  /** Told of each checkpoint that is damaged and so left out. */
  readonly onDamaged?: (message: string) => void;
}

/** The last (or best) checkpoint of a run that is whole; undefined when there is none at all. @throws CheckpointError when all are damaged */
export async function findCheckpoint(run: string, options: FindOptions = {}): Promise<string | undefined> {
  const { which = 'last', onDamaged } = options;
  const all = await listCheckpoints(run);
  const candidates = which === 'last' ? all : await rankedByScore(all);
  let damage: unknown;
  for (const checkpoint of candidates) {
    try {
      await verifyCheckpoint(checkpoint);
      return checkpoint;
    } catch (error) {
      damage ??= error;
      onDamaged?.(`${(error as Error).message} An earlier checkpoint is used.`);
    }
  }
  if (damage !== undefined) {
    throw new CheckpointError(
      'E_CHECKPOINT',
      `Expected a whole checkpoint in ${run} but all are damaged: ${(damage as Error).message}`,
      { cause: damage },
    );
  }
  return undefined;
}

/** Validated checkpoints, best first; of equal ones the earlier. */
async function rankedByScore(checkpoints: readonly string[]): Promise<string[]> {
  const scored: { path: string; value: number; higher: boolean }[] = [];
  for (const path of [...checkpoints].reverse()) {
    const state = await readState(path).catch(() => undefined);
    if (state?.score !== undefined) scored.push({ path, ...state.score });
  }
  return scored
    .sort((a, b) => (a.value === b.value ? 0 : isBetter(a.value, b.value, a.higher) ? -1 : 1))
    .map(({ path }) => path);
}

/** Removes all checkpoints but the newest `keep` and the best `best`. */
export async function pruneCheckpoints(run: string, keep: number, best: number): Promise<void> {
  const all = await listCheckpoints(run);
  const stay = new Set([...all.slice(0, keep), ...(await rankedByScore(all)).slice(0, best)]);
  for (const checkpoint of all)
    if (!stay.has(checkpoint)) await rm(checkpoint, { recursive: true, force: true });
}

/** A checkpoint's folder for a run's folder or that of a checkpoint itself. @throws CheckpointError E_CHECKPOINT */
export async function resolveCheckpoint(path: string, options: FindOptions = {}): Promise<string> {
  if (NAME.test(basename(path)) || (await exists(join(path, STATE_FILE)))) return path;
  const found = await findCheckpoint(path, options);
  if (found !== undefined) return found;
  const kind = options.which === 'best' ? 'a validated checkpoint' : 'a checkpoint';
  throw new CheckpointError('E_CHECKPOINT', `Expected ${kind} in ${path} but found none.`);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
