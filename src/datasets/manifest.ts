import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DatasetError } from '../core/errors.js';
import { compareCodePoints } from '../core/order.js';
import { foldersInside, isBelow } from '../io/files/below.js';
import { readJsonLines } from '../io/files/jsonl.js';
import { listNames, readCsv } from './csv.js';
import type { Dataset } from './dataset.js';
import type { ImageOptions } from './decode/limits.js';
import type { FolderEntry } from './picture-files.js';
import { pictureFiles } from './picture-files.js';

/** How a manifest is read. */
export interface ManifestOptions {
  /** Column or key of the picture's path; the first of `path`, `file`, `filename`, `image`, `output` unless told. */
  readonly path?: string;
  /** Column or key of the class; the first of `classId`, `class`, `label`, `wnid` unless told. `false`: no classes. */
  readonly label?: string | false;
  /** Class names in order of their ids; else the sorted names that occur. Whole numbers are ids themselves. */
  readonly classes?: readonly string[];
  /** Folder that paths start from, and that none may leave; the manifest's own unless told. */
  readonly root?: string;
  readonly image?: Omit<ImageOptions, 'signal' | 'noFollow'>;
  readonly signal?: AbortSignal;
}

const MAX_BYTES = 1024 ** 3;
const PATHS = ['path', 'file', 'filename', 'image', 'output'];
/** Whole numbers that are class ids: there is a name for each up to the largest. */
const CLASS_NUMBER = /^\d{1,5}$/;
const LABELS = ['classId', 'class', 'label', 'wnid'];

type Row = { readonly line: number; readonly value: Readonly<Record<string, unknown>> };

/**
 * Pictures that a list names: CSV with a header line, or JSON Lines (by the name's ending `.jsonl`). Nothing is opened.
 * Pictures must lie below the root; links are not followed.
 * @throws DatasetError E_FORMAT, E_PATH (leaves the root), E_LABEL, E_EMPTY, each with the line
 */
export async function manifest(
  path: string,
  options: ManifestOptions = {},
): Promise<Dataset & { readonly entries: readonly FolderEntry[] }> {
  const isJson = /\.(jsonl|ndjson)$/i.test(path);
  const rows: readonly Row[] = isJson ? await jsonRows(path, options.signal) : await readCsv(path, MAX_BYTES);
  const [first] = rows;
  if (first === undefined)
    throw new DatasetError('E_EMPTY', `Expected pictures in ${path} but it lists none.`);
  const root = await realpath(options.root ?? dirname(path));
  const pathKey = choose(options.path, PATHS, first, path);
  const labelKey =
    options.label === false ? undefined : (options.label ?? LABELS.find((key) => key in first.value));
  const wrong = (code: string, line: number, what: string) =>
    new DatasetError(code, `Line ${line} of ${path}: ${what}.`);
  const words = rows.map(({ line, value }) => {
    if (labelKey === undefined) return undefined;
    const word = value[labelKey];
    const isId = labelKey === 'classId';
    if (
      isId
        ? CLASS_NUMBER.test(String(word))
        : typeof word === 'string'
          ? word !== ''
          : Number.isSafeInteger(word)
    )
      return String(word);
    const wanted = isId ? 'a class number of 0 to 99999' : 'a class';
    throw wrong('E_LABEL', line, `expected ${wanted} in ${labelKey} but received ${JSON.stringify(word)}`);
  });
  const classes = labelKey === undefined ? undefined : (options.classes ?? classesOf(words as string[]));
  const idOf = new Map(classes?.map((name, id) => [name, id]));
  const isInside = foldersInside(root);
  const entries: FolderEntry[] = [];
  for (const [at, { line, value }] of rows.entries()) {
    const name = value[pathKey];
    if (typeof name !== 'string' || name === '' || name.includes('\0'))
      throw wrong('E_FORMAT', line, `expected a path in ${pathKey} but received ${JSON.stringify(name)}`);
    const full = resolve(root, name);
    if (!isBelow(root, full))
      throw wrong('E_PATH', line, `${JSON.stringify(name)} leaves the folder ${root}`);
    if (!(await isInside(dirname(full))))
      throw wrong('E_PATH', line, `${JSON.stringify(name)} leaves the folder ${root} by a link`);
    const word = words[at];
    if (word === undefined) {
      entries.push({ id: name, path: full });
      continue;
    }
    const classId =
      idOf.get(word) ??
      (/^\d+$/.test(word) && classes !== undefined && Number(word) < classes.length
        ? Number(word)
        : undefined);
    if (classId === undefined) throw wrong('E_LABEL', line, `the class ${JSON.stringify(word)} is not known`);
    entries.push({ id: name, path: full, classId });
  }
  return { ...(classes && { classes }), ...pictureFiles(entries, options.image) };
}

function choose(told: string | undefined, usual: readonly string[], { value }: Row, path: string): string {
  const found = told === undefined ? usual.find((key) => key in value) : told in value ? told : undefined;
  if (found !== undefined) return found;
  throw new DatasetError(
    'E_FORMAT',
    `Expected a column ${told ?? usual.join(' or ')} in ${path} but it has ${listNames(Object.keys(value))}.`,
  );
}

/** Numbers count by themselves; names are sorted. */
function classesOf(words: readonly string[]): readonly string[] {
  const names = [...new Set(words)];
  if (!names.every((name) => CLASS_NUMBER.test(name))) return names.sort(compareCodePoints);
  const most = names.reduce((max, name) => Math.max(max, Number(name)), 0);
  return Array.from({ length: most + 1 }, (_, id) => String(id));
}

async function jsonRows(path: string, signal?: AbortSignal): Promise<Row[]> {
  const check = (value: unknown): Row['value'] => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    throw new Error('expected an object');
  };
  const rows: Row[] = [];
  for await (const row of readJsonLines(path, { check, signal, lenient: true })) rows.push(row);
  return rows;
}
