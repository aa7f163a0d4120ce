import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../../core/errors.js';
import { hard } from '../../core/label.js';
import { sha256File } from '../../io/files/hash.js';
import { readJsonLines } from '../../io/files/jsonl.js';
import { readInput } from '../../io/files/open-input.js';
import { storageError } from '../../io/files/storage-error.js';
import { checkIndex, type Dataset } from '../dataset.js';
import { type LoaderRef, loaderPool } from '../loader.js';
import { loaders } from '../loaders/registry.js';
import { PREPARED_INDEX, preparedSchema, sampleSchema } from './format.js';
import type { PreparedItem } from './picture.js';
import { Proven } from './proven.js';

/** How a prepared set is read. */
export interface PreparedOptions {
  /** How crops are resampled: `exact` as Pillow (unless told), `fast` at most 2 levels off. */
  readonly resampler?: 'exact' | 'fast';
  /** Prove the hashes of the pixels too, once, now; otherwise rows are proven when they are first read. */
  readonly verify?: boolean;
  readonly signal?: AbortSignal;
}

const MAX_INDEX = 64 * 1024 * 1024;

/** A prepared set; `read` keeps its files open until `close`. */
export interface PreparedDataset extends Dataset {
  close(): Promise<void>;
}

/**
 * Opens a folder that `prepare` wrote.
 * @throws DatasetError E_FORMAT, E_HASH, E_TRUNCATED for one that is damaged; StorageError where it cannot be read
 */
export async function prepared(folder: string, options: PreparedOptions = {}): Promise<PreparedDataset> {
  const { resampler = 'exact', verify = false, signal } = options;
  const path = join(folder, PREPARED_INDEX);
  const index = parse((await readInput(path, MAX_INDEX)).toString('utf8'), path);
  const damaged = (file: string) =>
    new DatasetError('E_HASH', `The file ${file} is not the one that ${path} describes (sha256).`);
  for (const { name, bytes, sha256 } of [index.samples, ...index.files]) {
    const file = join(folder, name);
    const { size } = await stat(file).catch((error: unknown) => {
      throw storageError(error, file, 'read');
    });
    if (size !== bytes)
      throw new DatasetError('E_TRUNCATED', `Expected ${bytes} bytes in ${file} but it has ${size}.`);
    if ((verify || name === index.samples.name) && (await sha256File(file, signal)).sha256 !== sha256)
      throw damaged(file);
  }
  const paths = index.files.map(({ name }) => join(folder, name));
  const items: PreparedItem[] = [];
  const check = (value: unknown) => sampleSchema.parse(value);
  for await (const { value } of readJsonLines(join(folder, index.samples.name), { check, signal }))
    items.push({ ...value, ordinal: items.length, file: paths[value.file] ?? '' });
  if (items.length !== index.count)
    throw new DatasetError(
      'E_TRUNCATED',
      `Expected ${index.count} samples in ${folder} but it lists ${items.length}.`,
    );
  const proven = Proven.memory(items.length, verify);
  const loader: LoaderRef = { name: 'prepared', options: { set: folder, resampler, proven } };
  const pool = loaderPool(loaders);
  const item = (at: number) => items[checkIndex(at, items.length)]!;
  return {
    ...(index.classes && { classes: index.classes }),
    length: items.length,
    entry(at) {
      const { id, classId } = item(at);
      return { id, ...(classId !== undefined && { label: hard(classId) }) };
    },
    plan: (at) => ({ loader, item: item(at) }),
    read: async (at, rng) => (await pool.open(loader)).load(item(at), { index: at, rng }),
    close: () => pool.close(),
  };
}

function parse(text: string, path: string) {
  try {
    return preparedSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DatasetError(
      'E_FORMAT',
      `Expected the description of a prepared set in ${path} but it is none.`,
      { cause },
    );
  }
}
