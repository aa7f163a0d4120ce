import { z } from 'zod';
import { DatasetError } from '../../core/errors.js';
import { hard } from '../../core/label.js';
import type { Sample } from '../../core/sample.js';
import { isUrl, shownPath } from '../../io/http/http.js';
import { decodePicture } from '../decode/picture.js';
import { defineLoader } from '../loader.js';
import { openParquet, type ParquetFile } from '../parquet/file.js';
import { imageOptions } from './schemas.js';
import { accessOptions } from './shard.js';
import { fileStamp } from './stamp.js';

const path = z.string();
const row = z.strictObject({
  file: path,
  /** First row of the row group and of the next. */
  group: z.tuple([z.int().min(0), z.int().min(0)]),
  row: z.int().min(0),
  column: z.string(),
  classId: z.int().min(0).exactOptional(),
});
const labels = z.strictObject({ file: path, labels: z.string(), rows: z.int().min(0) });

/** Bytes of unpacked row groups that a thread keeps, beside the one in use. */
const KEPT_BYTES = 256 << 20;

type Group = Promise<Record<string, unknown>[]>;

/** Pictures in tables. Row groups are unpacked whole and kept a while, so rows are best asked for group by group. */
export const parquetLoader = defineLoader({
  name: 'parquet',
  options: z.strictObject({ image: imageOptions.exactOptional(), http: accessOptions.shape.http }),
  item: z.union([row, labels]),
  async open({ image, http }) {
    const files = new Map<string, Promise<ParquetFile>>();
    const kept = new Map<string, { readonly bytes: number; readonly rows: Group }>();
    const opened = (name: string): Promise<ParquetFile> => {
      const found = files.get(name) ?? openParquet(name, http);
      files.set(name, found);
      found.catch(() => files.delete(name));
      return found;
    };
    const groupOf = async ({ file, group: [start, end], column }: z.output<typeof row>) => {
      const key = `${file}\0${start}`;
      const table = await opened(file);
      const found = kept.get(key);
      if (found !== undefined) {
        kept.delete(key);
        kept.set(key, found);
        return found.rows;
      }
      const rows = table.rows([column], start, end);
      kept.set(key, { bytes: sizeAt(table, start), rows });
      rows.catch(() => kept.delete(key));
      let total = [...kept.values()].reduce((sum, { bytes }) => sum + bytes, 0);
      for (const [oldest, { bytes }] of kept) {
        if (total <= KEPT_BYTES || oldest === key) break;
        kept.delete(oldest);
        total -= bytes;
      }
      return rows;
    };
    return {
      async load(item, context): Promise<Sample> {
        if ('labels' in item) return labelColumn(await opened(item.file), item, context.index);
        const record = (await groupOf(item))[item.row - item.group[0]];
        const { bytes, name } = pictureIn(record?.[item.column], item);
        const raster = await decodePicture(
          { bytes, name: `${shownPath(item.file)}/${name}` },
          { ...image },
          context,
        );
        const label = item.classId === undefined ? {} : { label: hard(item.classId) };
        return { id: name, index: context.index, rasters: { image: raster }, ...label, trace: [] };
      },
      stamp: ({ file }) => (isUrl(file) ? Promise.resolve(undefined) : fileStamp(file)),
      async close() {
        const all = await Promise.allSettled(files.values());
        for (const one of all) if (one.status === 'fulfilled') await one.value.close();
      },
    };
  },
});

/** Name of a row's sample. */
export function rowName(file: string, place: number): string {
  return `${shownPath(file).split(/[/\\]/).at(-1)}#${place}`;
}

function pictureIn(value: unknown, { file, row: place, column }: z.output<typeof row>) {
  const name = rowName(file, place);
  const bytes = value instanceof Uint8Array ? value : Object(value).bytes;
  if (bytes instanceof Uint8Array) return { bytes, name };
  throw new DatasetError(
    'E_MISSING',
    `Expected bytes of a picture in ${column} of row ${place} of ${shownPath(file)}.`,
  );
}

/**
 * A column of labels as a sample: numbers as they are, or words as their places among the sorted words, which the
 * sample's id lists as JSON. Read like pictures, so that a hostile file can end a thread but not the process.
 */
async function labelColumn(
  table: ParquetFile,
  { file, labels: column, rows }: z.output<typeof labels>,
  index: number,
): Promise<Sample> {
  const values = (await table.rows([column], 0, rows)).map((record) => record[column]);
  const words = values.every((value) => typeof value === 'string') ? [...new Set(values)].sort() : undefined;
  const place = new Map(words?.map((word, at) => [word as unknown, at]));
  const data = Float32Array.from(values, (value, at) => {
    const id = place.get(value) ?? (typeof value === 'bigint' ? Number(value) : value);
    if (Number.isSafeInteger(id) && Number(id) >= 0 && Number(id) < 1 << 24) return Number(id);
    throw new DatasetError('E_LABEL', `Expected a class in ${column} of row ${at} of ${shownPath(file)}.`);
  });
  const raster = { role: 'mask', axes: ['x'], shape: [rows, 1], data } as const;
  return { id: JSON.stringify(words ?? null), index, rasters: { label: raster }, trace: [] };
}

function sizeAt({ metadata, groups }: ParquetFile, start: number): number {
  let first = 0;
  const at = groups.findIndex((rows) => {
    first += rows;
    return first > start;
  });
  return Number(metadata.row_groups[at]?.total_byte_size ?? 0);
}
