import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import glob from 'fast-glob';
import { DatasetError } from '../../core/errors.js';
import { hard } from '../../core/label.js';
import { comparePaths } from '../../core/order.js';
import type { HttpOptions } from '../../io/http/http.js';
import { isUrl, shownPath } from '../../io/http/http.js';
import { expandPattern } from '../../io/pattern.js';
import { checkIndex, type Dataset } from '../dataset.js';
import type { ImageOptions } from '../decode/limits.js';
import { type LoaderRef, loaderPool } from '../loader.js';
import { rowName } from '../loaders/parquet.js';
import { loaders } from '../loaders/registry.js';
import { sequential } from '../samplers.js';
import { stream } from '../stream/stream.js';
import { chooseColumns, type TableColumns } from './columns.js';
import { openParquet } from './file.js';

/** How tables of pictures are read. */
export interface ParquetOptions {
  /** Column of the pictures: encoded bytes, or a struct with `bytes` as Hugging Face writes it; found unless told. */
  readonly column?: string;
  /** Column of the classes (whole numbers or words); found unless told, `false` for none. */
  readonly label?: string | false;
  /** Names by class id; those of the table's metadata, or its sorted words, unless told. */
  readonly classes?: readonly string[];
  readonly image?: Omit<ImageOptions, 'signal' | 'noFollow'>;
  readonly http?: Omit<HttpOptions, 'signal'>;
  readonly signal?: AbortSignal;
}

/** Pictures of Parquet tables. */
export interface ParquetDataset extends Dataset {
  /** Rows of each row group in order: for the sampler `byShard`, since groups are unpacked whole. */
  readonly groups: readonly number[];
  /** Closes the files that `read` opened. */
  close(): Promise<void>;
}

interface Table {
  readonly path: string;
  readonly columns: TableColumns;
  readonly groups: readonly number[];
  /** First row in the whole set. */
  readonly start: number;
}

/**
 * Parquet tables of pictures as Hugging Face writes them, local or over HTTP by range requests. `patterns` may hold
 * `{000..099}`; a folder stands for all `.parquet` files below it. Labels are read now, in a worker thread; pictures
 * when they are asked for. Needs no index; use `order: byShard(data.groups)` for speed.
 * @throws DatasetError E_EMPTY, E_FORMAT, E_LABEL, E_WORKER (a file that breaks its reader); StorageError
 */
export async function parquet(
  patterns: string | readonly string[],
  options: ParquetOptions = {},
): Promise<ParquetDataset> {
  const { image, http, signal } = options;
  const paths = await locate(patterns);
  const tables: Table[] = [];
  let length = 0;
  for (const path of paths) {
    signal?.throwIfAborted();
    const file = await openParquet(path, { ...http, ...(signal && { signal }) });
    await file.close();
    const told = {
      ...(options.column !== undefined && { image: options.column }),
      ...(options.label !== undefined && { label: options.label }),
    };
    const columns = chooseColumns(file.metadata, told, path);
    tables.push({ path, columns, groups: file.groups, start: length });
    length += file.groups.reduce((sum, rows) => sum + rows, 0);
  }
  if (length === 0)
    throw new DatasetError(
      'E_EMPTY',
      `Expected rows in ${[patterns].flat().map(shownPath)} but there are none.`,
    );
  const loader: LoaderRef = { name: 'parquet', options: { ...(image && { image }), ...(http && { http }) } };
  const { classIds, classes } = await readLabels(tables, loader, length, options);
  const groups = tables.flatMap((table) => table.groups.map((rows) => ({ table, rows })));
  const ends: number[] = [];
  for (const { rows } of groups) ends.push((ends.at(-1) ?? 0) + rows);
  const item = (index: number) => {
    const at = ends.findIndex((end) => checkIndex(index, length) < end);
    const { table, rows } = groups[at]!;
    const [start, end] = [ends[at]! - rows - table.start, ends[at]! - table.start];
    const classId = classIds?.[index];
    const place = { file: table.path, row: index - table.start, group: [start, end] as const };
    return { ...place, column: table.columns.image, ...(classId !== undefined && { classId }) };
  };
  const pool = loaderPool(loaders);
  return {
    ...(classes && { classes }),
    length,
    groups: groups.map(({ rows }) => rows),
    entry(index) {
      const { file, row, classId } = item(index);
      return { id: rowName(file, row), ...(classId !== undefined && { label: hard(classId) }) };
    },
    plan: (index) => ({ loader, item: item(index) }),
    read: async (index, rng, abort) =>
      (await pool.open(loader)).load(item(index), { index, rng, ...(abort && { signal: abort }) }),
    close: () => pool.close(),
  };
}

/** Class ids of all rows, read in a worker with bounded memory, and the names of the classes. */
async function readLabels(
  tables: readonly Table[],
  loader: LoaderRef,
  length: number,
  { classes: told, signal }: ParquetOptions,
): Promise<{ classIds?: Uint32Array; classes?: readonly string[] }> {
  const column = tables[0]!.columns.label;
  if (column === undefined) return {};
  const set: Dataset = {
    length: tables.length,
    plan: (index) => {
      const { path, columns, groups } = tables[index]!;
      const rows = groups.reduce((sum, count) => sum + count, 0);
      return { loader, item: { file: path, labels: columns.label ?? column, rows } };
    },
    read: () => Promise.reject(new Error('Labels are read by a worker.')),
  };
  const classIds = new Uint32Array(length);
  const parts: { index: number; ids: ArrayLike<number>; words: readonly string[] | null }[] = [];
  const common = { order: sequential, workers: 1, memory: 2048, ...(signal && { signal }) };
  for await (const { index, id, rasters } of stream(set, common))
    parts.push({ index, ids: rasters.label!.data, words: JSON.parse(id) as string[] | null });
  const words = [...new Set(parts.flatMap((part) => part.words ?? []))].sort();
  const named = told ?? tables[0]!.columns.classes ?? (words.length > 0 ? words : undefined);
  const idOf = new Map(named?.map((name, id) => [name, id]));
  for (const { index, ids, words: own } of parts) {
    const { start, path } = tables[index]!;
    Array.from(ids).forEach((id, row) => {
      const classId = own === null ? id : idOf.get(own[id]!);
      if (classId === undefined || (named !== undefined && classId >= named.length))
        throw new DatasetError(
          'E_LABEL',
          `Row ${row} of ${shownPath(path)}: the class ${own?.[id] ?? id} is not one of the ${named?.length} known.`,
        );
      classIds[start + row] = classId;
    });
  }
  return { classIds, ...(named && { classes: named }) };
}

async function locate(patterns: string | readonly string[]): Promise<string[]> {
  const paths = [patterns].flat().flatMap((pattern) => expandPattern(pattern));
  const found: string[] = [];
  for (const path of paths) {
    const folder = !isUrl(path) && (await stat(path).catch(() => undefined))?.isDirectory() === true;
    if (!folder) found.push(path);
    else {
      const names = await glob('**/*.parquet', { cwd: path, followSymbolicLinks: false, onlyFiles: true });
      found.push(...names.sort(comparePaths).map((name) => join(path, name)));
    }
  }
  if (found.length > 0) return found;
  throw new DatasetError('E_EMPTY', `Expected .parquet files at ${patterns} but found none.`);
}
