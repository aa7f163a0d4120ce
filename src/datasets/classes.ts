import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { DatasetError } from '../core/errors.js';
import { readInput } from '../io/files/open-input.js';

/** A class: its folder in the tree and the name to show. The class id is its place in the list. */
export interface ClassEntry {
  readonly folder: string;
  readonly name: string;
}

const MAX_INDEX_BYTES = 16 * 1024 * 1024;

const keyed = z.record(z.string().regex(/^\d+$/), z.tuple([z.string(), z.string()]));
const list = z.array(z.string());

/**
 * Reads a class index. Understood are JSON as in `imagenet_class_index.json`
 * (`{"0": ["n01440764", "tench"], …}`), a JSON array of folder names, and plain text with one folder name a line,
 * optionally followed by white space and the name to show. Throws DatasetError (E_LABEL) for anything else, for gaps
 * and for folders named twice; StorageError where the file cannot be read.
 */
export async function readClassIndex(path: string): Promise<readonly ClassEntry[]> {
  const bytes = await readInput(path, MAX_INDEX_BYTES);
  if (!isUtf8(bytes)) throw refuse(path, 'it is not UTF-8 text');
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const entries = /^\s*[[{]/.test(text) ? fromJson(text, path) : fromLines(text);
  if (entries.length === 0) throw refuse(path, 'it names no class');
  const seen = new Set<string>();
  for (const { folder } of entries) {
    if (folder === '' || /[/\\\0]/.test(folder) || folder === '.' || folder === '..') {
      throw refuse(path, `${JSON.stringify(folder)} is no folder name`);
    }
    if (seen.has(folder)) throw refuse(path, `it names ${JSON.stringify(folder)} twice`);
    seen.add(folder);
  }
  return entries;
}

function fromJson(text: string, path: string): ClassEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse(path, 'it is not valid JSON', cause);
  }
  const names = list.safeParse(value);
  if (names.success) return names.data.map((folder) => ({ folder, name: folder }));
  const table = keyed.safeParse(value);
  if (!table.success) throw refuse(path, 'it is neither {"0": ["folder", "name"], …} nor ["folder", …]');
  const byId = new Map(Object.entries(table.data).map(([id, entry]) => [Number(id), entry]));
  return Array.from({ length: byId.size }, (_, id) => {
    const entry = byId.get(id);
    if (entry === undefined) throw refuse(path, `class ${id} of ${byId.size} is missing`);
    return { folder: entry[0], name: entry[1] };
  });
}

function fromLines(text: string): ClassEntry[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [folder = '', ...name] = line.split(/\s+/);
      return { folder, name: name.join(' ') || folder };
    });
}

function refuse(path: string, reason: string, cause?: unknown): DatasetError {
  return new DatasetError('E_LABEL', `Expected a class index in ${path} but ${reason}.`, { cause });
}
