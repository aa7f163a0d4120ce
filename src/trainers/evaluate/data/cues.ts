import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../../../core/errors.js';
import { compareCodePoints } from '../../../core/order.js';
import type { Dataset } from '../../../datasets/dataset.js';
import { folder } from '../../../datasets/folder.js';
import { manifest } from '../../../datasets/manifest.js';
import { pictureFiles } from '../../../datasets/picture-files.js';
import { shards } from '../../../datasets/shards/shards.js';
import { readJsonLines } from '../../../io/files/jsonl.js';
import { checkJson, entrySchema, type ManifestEntry } from '../../../styletransfer/dataset/manifest.js';
import { type Cues, cuesOf, stimulusOf } from '../shape-bias/stimulus.js';
import { columnOf, readTable } from '../tables/csv.js';

/** Pictures with two labels each: what they show the shape of, and what the texture. */
export interface CueData {
  readonly path: string;
  readonly dataset: Dataset;
  /** By the sample's name: what it shows, and the name that decisions of others use. */
  readonly items: ReadonlyMap<string, Cues & { readonly stimulus: string }>;
  /** Every shape and texture, in code-point order. */
  readonly categories: readonly string[];
}

/**
 * Opens cue-conflict pictures: a dataset of `cuemix stylize` (folder or tar), a folder of stimuli called
 * `airplane1-bicycle2.png`, or a CSV with the columns path, shape, texture.
 * @throws DatasetError E_LABEL for a picture that does not tell its cues, and what those readers throw
 */
export async function openCueData(path: string, signal?: AbortSignal): Promise<CueData> {
  if (/\.csv$/i.test(path)) return fromTable(path, signal);
  if (await exists(join(path, 'dataset.json'))) return fromStylize(path, signal);
  const dataset = await folder(path, signal && { signal });
  const ids = dataset.entries.map(({ id }) => id);
  const cues = ids.map((id) => {
    const found = cuesOf(id);
    if (found !== undefined) return found;
    throw new DatasetError(
      'E_LABEL',
      `Expected stimuli called like airplane1-bicycle2.png in ${path} but found ${id}; the first part is the shape, the second the texture.`,
    );
  });
  return finish(path, dataset, cues, ids, ids.map(stimulusOf));
}

/** Whether {@link openCueData} would take a folder or file for cue-conflict pictures. */
export async function looksLikeCues(path: string, signal?: AbortSignal): Promise<boolean> {
  if (/\.csv$/i.test(path)) {
    const table = await readTable(path);
    return columnOf(table, ['shape']) >= 0 && columnOf(table, ['texture']) >= 0;
  }
  if (await exists(join(path, 'dataset.json'))) return exists(join(path, 'manifest.jsonl'));
  if (!(await stat(path).catch(() => undefined))?.isDirectory()) return false;
  const dataset = await folder(path, signal && { signal }).catch(() => undefined);
  return (
    dataset?.entries.every(({ id }) => {
      const cues = cuesOf(id);
      const top = id.includes('/') ? id.slice(0, id.indexOf('/')) : cues?.shape;
      return cues !== undefined && cues.shape === top;
    }) === true
  );
}

async function fromTable(path: string, signal?: AbortSignal): Promise<CueData> {
  const dataset = await manifest(path, { label: false, ...(signal && { signal }) });
  const table = await readTable(path);
  const [shape, texture] = ['shape', 'texture'].map((name) => columnOf(table, [name])) as [number, number];
  if (shape < 0 || texture < 0)
    throw new DatasetError(
      'E_FORMAT',
      `Line 1 of ${path}: expected the columns path, shape and texture but the columns are ${table.header.join(', ')}.`,
    );
  const cues = table.rows.map(({ cells }) => ({ shape: cells[shape]!, texture: cells[texture]! }));
  return finish(
    path,
    dataset,
    cues,
    dataset.entries.map(({ id }) => id),
    dataset.entries.map(({ id }) => stimulusOf(id)),
  );
}

async function fromStylize(path: string, signal?: AbortSignal): Promise<CueData> {
  const entries: ManifestEntry[] = [];
  const check = (value: unknown) => checkJson(value, entrySchema);
  for await (const { value } of readJsonLines(join(path, 'manifest.jsonl'), { check, signal }))
    entries.push(value);
  if (entries.length === 0)
    throw new DatasetError('E_EMPTY', `Expected pictures in ${path} but its manifest lists none.`);
  const cues = ({ shape, texture }: ManifestEntry): Cues => ({ shape: shape.name, texture: texture.name });
  const isTar = entries.some(({ member }) => member !== undefined);
  if (!isTar) {
    const files = entries.map((entry) => ({
      id: entry.path,
      path: join(path, entry.path),
      classId: entry.shape.id,
    }));
    return finish(
      path,
      pictureFiles(files, undefined),
      entries.map(cues),
      entries.map((entry) => entry.path),
    );
  }
  const files = [...new Set(entries.map((entry) => join(path, entry.path)))];
  const packed = await shards(files, signal && { signal });
  return finish(
    path,
    packed,
    entries.map(cues),
    entries.map(({ member = '' }) => keyOf(member)),
  );
}

/** Name of a sample in a shard: its member's up to the first dot. */
function keyOf(member: string): string {
  const dot = member.indexOf('.', member.lastIndexOf('/') + 1);
  return dot < 0 ? member : member.slice(0, dot);
}

function finish(
  path: string,
  dataset: Dataset,
  cues: readonly Cues[],
  ids: readonly string[],
  stimuli: readonly string[] = ids,
): CueData {
  const seen = new Set<string>();
  for (const name of stimuli) {
    if (seen.has(name))
      throw new DatasetError(
        'E_DUPLICATE',
        `Expected stimuli of different names in ${path} but ${name} is there twice.`,
      );
    seen.add(name);
  }
  const categories = [...new Set(cues.flatMap(({ shape, texture }) => [shape, texture]))];
  const items = new Map(ids.map((id, at) => [id, { stimulus: stimuli[at]!, ...cues[at]! }]));
  return { path, dataset, items, categories: categories.sort(compareCodePoints) };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
