import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Affine } from '../../core/affine.js';
import { sha256File } from '../../io/files/hash.js';

/** One prepared volume in the manifest. */
export interface PreparedEntry {
  readonly id: string;
  readonly role: 'intensity' | 'mask';
  /** Path of the prepared file below the output folder. */
  readonly path: string;
  readonly sha256: string;
  readonly source: { readonly path: string; readonly sha256: string };
  /** Hash of the options that made it. */
  readonly recipe: string;
  /** Voxels along x, y, z, then channels. */
  readonly shape: readonly number[];
  readonly spacing: readonly number[];
  readonly orientation: string;
  readonly affine: Affine;
  /** The file's own grid, to bring predictions back. */
  readonly original: { readonly size: readonly number[]; readonly affine: Affine };
}

/** Lines of an earlier run; a line that a crash cut off is left out. */
export async function readPrepared(path: string): Promise<Map<string, PreparedEntry>> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const entries = new Map<string, PreparedEntry>();
  for (const line of text.split('\n')) {
    try {
      const entry = JSON.parse(line) as PreparedEntry;
      if (typeof entry.path === 'string') entries.set(entry.path, entry);
    } catch {
      // the torn last line of a run that was killed
    }
  }
  return entries;
}

/** True where the prepared file is what the journal says of it, made from this source with these options. */
export async function isPrepared(
  entry: PreparedEntry | undefined,
  out: string,
  source: string,
  recipe: string,
): Promise<boolean> {
  if (entry === undefined || entry.recipe !== recipe || entry.source.sha256 !== source) return false;
  const path = join(out, entry.path);
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && (await sha256File(path)).sha256 === entry.sha256;
}
