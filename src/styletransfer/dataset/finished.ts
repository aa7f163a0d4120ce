import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { StorageError } from '../../core/errors.js';
import { canonicalJson } from '../../core/hash.js';
import { readJsonLines } from '../../io/files/jsonl.js';
import { mapLimited } from '../produce/pipeline.js';
import { DATASET_FILE } from './finish.js';
import {
  checkJson,
  type Dataset,
  entrySchema,
  type GroupRecord,
  type ManifestEntry,
  type Preview,
  parseDataset,
  previewSchema,
  type Refusal,
  refusalSchema,
} from './manifest.js';
import { type RunIdentity, readOptional, shardPath } from './workspace.js';

const MAX_LINE = 1 << 24; // thumbnails in base64, or a class of many refused outputs

/** The finished dataset in `root`, or undefined. Throws `DatasetError` when its document is damaged. */
export async function readDataset(root: string): Promise<Dataset | undefined> {
  const path = join(root, DATASET_FILE);
  const text = await readOptional(path);
  return text === undefined ? undefined : parseDataset(text, path);
}

/** Throws `StorageError` E_OTHER_RUN unless the finished dataset is what `identity` would make. */
export function refuseOtherDataset(dataset: Dataset, identity: RunIdentity, root: string): void {
  const { plan, painter, versions, shard } = dataset;
  const same = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);
  if (
    plan.hash === identity.plan &&
    same(painter, identity.painter) &&
    same(versions, identity.versions) &&
    same(shard, identity.shard)
  ) {
    return;
  }
  throw new StorageError(
    'E_OTHER_RUN',
    `Cannot write into ${root}: it holds a dataset made with other options, inputs, network or versions. ` +
      'Choose another folder.',
  );
}

/** All quarantine records of a finished dataset. */
export async function refusalsOf(root: string): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for await (const refusal of readLines(root, 'quarantine.jsonl', refusalSchema)) refusals.push(refusal);
  return refusals;
}

/** The groups of a finished dataset that hold pictures, as they were committed but without refusals, in order. */
export async function* recordsOf(root: string, dataset: Dataset): AsyncGenerator<GroupRecord> {
  const previews = new Map<number, Preview>();
  for await (const preview of readLines(root, 'previews.jsonl', previewSchema)) {
    previews.set(preview.index, preview);
  }
  const shards = new Map(dataset.files.map((file) => [file.path, file]));
  const groupOf = ({ index }: ManifestEntry): number => Math.floor(index / dataset.plan.groupSize);
  const make = (entries: readonly [ManifestEntry, ...ManifestEntry[]]): GroupRecord => {
    const group = groupOf(entries[0]);
    const shard = shards.get(shardPath(group));
    const shown = entries.flatMap(({ index }) => previews.get(index) ?? []);
    return {
      group,
      entries: [...entries],
      refusals: [],
      previews: shown,
      ...(shard === undefined ? {} : { shard }),
    };
  };
  let open: [ManifestEntry, ...ManifestEntry[]] | undefined;
  for await (const entry of readLines(root, 'manifest.jsonl', entrySchema)) {
    if (open !== undefined && groupOf(open[0]) === groupOf(entry)) {
      open.push(entry);
    } else {
      if (open !== undefined) yield make(open);
      open = [entry];
    }
  }
  if (open !== undefined) yield make(open);
}

/**
 * One of a dataset's files of JSON lines, one value at a time. Throws `DatasetError` naming file and line.
 */
export async function* readLines<S extends z.ZodType>(
  root: string,
  name: string,
  schema: S,
): AsyncGenerator<z.output<S>> {
  const check = (value: unknown): z.output<S> => checkJson(value, schema);
  for await (const { value } of readJsonLines(join(root, name), { check, maxLineBytes: MAX_LINE }))
    yield value;
}

/** Whether every file of a committed group is there with its size; contents are `verify`'s to check. */
export async function isInPlace(root: string, record: GroupRecord): Promise<boolean> {
  const files = record.shard === undefined ? record.entries : [record.shard];
  const found = await mapLimited(files, 16, async ({ path, bytes }) => {
    const found = await stat(join(root, path)).catch(() => undefined);
    return found?.isFile() === true && found.size === bytes;
  });
  return found.every(Boolean);
}

/** Whether every file of a finished dataset is there with its size. */
export async function isWhole(root: string, dataset: Dataset): Promise<boolean> {
  const none = { group: 0, entries: [], refusals: [], previews: [] };
  for (const shard of dataset.files) if (!(await isInPlace(root, { ...none, shard }))) return false;
  for await (const record of recordsOf(root, dataset)) if (!(await isInPlace(root, record))) return false;
  return true;
}
