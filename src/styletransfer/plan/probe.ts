import { setImmediate as turn } from 'node:timers/promises';
import { DecodeError } from '../../core/errors.js';
import type { FolderEntry } from '../../datasets/picture-files.js';
import type { Refusal } from '../dataset/manifest.js';
import type { Picture } from '../painting/painter.js';
import type { Medium } from '../produce/medium.js';
import { probePicture, refusalOf } from '../produce/pictures.js';
import { mapLimited } from '../produce/pipeline.js';
import type { ScanOptions } from './inputs.js';
import type { PlanRecipe } from './plan.js';
import { MIN_SIDE } from './recipe.js';
import { type Looked, stampOf } from './scan-memory.js';

/** An input file with what its header says, or why it is refused. */
type Probed = { readonly entry: FolderEntry } & (Looked | { readonly refusal: Refusal });

/** Milliseconds after which others get their turn: known files are looked at without waiting for anything. */
const BREATH = 20;

/**
 * Looks at input files: those that `memory` knows and that were not touched since are not opened.
 * `progress` is called after each.
 */
export async function probeInputs(
  entries: readonly FolderEntry[],
  role: Refusal['role'],
  recipe: PlanRecipe,
  { workers, failFast, signal, memory }: ScanOptions,
  medium: Pick<Medium<Picture>, 'probe'>,
  progress: () => void,
): Promise<Probed[]> {
  let since = performance.now();
  const look = async ({ path }: FolderEntry): Promise<Looked> => {
    const stamp = stampOf(path);
    const known = stamp && memory?.find(path, stamp);
    if (known !== undefined) return known;
    const probed = await (role === 'content' ? medium.probe : probePicture)(path, signal);
    if (stamp !== undefined) memory?.note(path, stamp, probed);
    return probed;
  };
  return mapLimited(entries, workers, async (entry) => {
    if (performance.now() - since > BREATH) {
      await turn();
      since = performance.now();
    }
    signal?.throwIfAborted();
    try {
      const looked = await look(entry);
      if (role === 'content') refuseTiny(recipe, entry, looked);
      return { entry, ...looked };
    } catch (error) {
      return { entry, refusal: refuse(error, role, entry, failFast) };
    } finally {
      progress();
    }
  });
}

/** The quarantine record of what was thrown, which is thrown again under `failFast`. */
export function refuse(
  error: unknown,
  role: Refusal['role'],
  { id, path }: FolderEntry,
  failFast: boolean,
): Refusal {
  const refusal = refusalOf(error, role, id, path);
  if (failFast) throw error;
  return refusal;
}

/** A picture that keeps its size must be large enough for a network. Throws `DecodeError` E_TOO_SMALL. */
function refuseTiny(
  recipe: PlanRecipe,
  { path }: FolderEntry,
  size: { width: number; height: number },
): void {
  if (recipe.size !== 'keep' || Math.min(size.width, size.height) >= MIN_SIDE) return;
  const reason = `it has ${size.width}x${size.height} pixels; sides of ${MIN_SIDE} are needed to keep the size.`;
  throw new DecodeError('E_TOO_SMALL', path, reason);
}
