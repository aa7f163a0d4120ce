import { constants } from 'node:fs';
import { copyFile, lstat, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatasetError, UsageError } from '../../core/errors.js';
import { canonicalJson } from '../../core/hash.js';
import { isBelow } from '../../io/files/below.js';
import { sha256File } from '../../io/files/hash.js';
import { lockFolder } from '../../io/files/lock.js';
import { storageError } from '../../io/files/storage-error.js';
import { mapLimited } from '../produce/pipeline.js';
import { DATASET_FILE, finishDataset, type ReportWriter, TOP_FILES } from './finish.js';
import { isInPlace, isWhole, readDataset, recordsOf, refusalsOf, refuseOtherDataset } from './finished.js';
import type { Dataset, GroupRecord, Refusal } from './manifest.js';
import { BUILT_SHARD } from './shard.js';
import { type RunIdentity, Workspace } from './workspace.js';

/** What to put together. */
export interface MergeOptions {
  /** Folders made with `--shard 1/n` to `n/n` of one plan, in any order. */
  readonly parts: readonly string[];
  /** Folder for the whole dataset; made if missing, continued if a merge was cut short. */
  readonly out: string;
  /** As given to `generateCueConflict`, so that the whole has the same reports. */
  readonly report?: ReportWriter;
}

/** Watching and stopping a merge. */
export interface MergeHooks {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

interface Part {
  readonly root: string;
  readonly dataset: Dataset;
}

const COPIES = 8;

/**
 * Puts the parts of a dataset together: the result is, byte for byte, what one run without `shard` makes. Every file is
 * hashed on the way. The parts are only read.
 * @throws UsageError when the parts are not all parts of one plan; DatasetError E_HASH for a damaged file; StorageError
 * as `generateCueConflict`; the signal's reason.
 */
export async function mergeDatasets(options: MergeOptions, hooks: MergeHooks = {}): Promise<Dataset> {
  const root = resolve(options.out);
  const parts = await readParts(options.parts.map((part) => resolve(part)));
  if (parts.some((part) => part.root === root || isBelow(part.root, root))) {
    throw new UsageError(`The folder ${options.out} is in one of the parts: choose another for the whole.`);
  }
  const lock = await lockFolder(root, { signal: hooks.signal });
  try {
    return await mergeInto(root, parts, options, hooks, () => lock.assertHeld());
  } finally {
    await lock.release();
  }
}

async function mergeInto(
  root: string,
  parts: readonly [Part, ...Part[]],
  { report }: MergeOptions,
  { onProgress, signal }: MergeHooks,
  assertHeld: () => Promise<void>,
): Promise<Dataset> {
  const { shard: _shard, hash: _hash, files: _files, counts, ...head } = parts[0].dataset;
  const { plan, painter, versions } = head;
  const identity: RunIdentity = { plan: plan.hash, painter, versions };
  const workspace = new Workspace(root);
  const finished = await readDataset(root);
  if (finished !== undefined) {
    refuseOtherDataset(finished, identity, root);
    if (await isWhole(root, finished)) return finished;
    throw new DatasetError(
      'E_MISSING',
      `The finished dataset in ${root} lacks files: remove its ${DATASET_FILE} to have them copied again.`,
    );
  }
  await workspace.open(identity, TOP_FILES);
  const present = new Set<number>();
  for await (const record of workspace.records()) {
    if (await isInPlace(root, record)) present.add(record.group);
  }
  const refusals: Refusal[] = [];
  let done = 0;
  for (const part of parts) {
    await checkListed(part);
    refusals.push(...(await refusalsOf(part.root)));
    for await (const record of recordsOf(part.root, part.dataset)) {
      signal?.throwIfAborted();
      if (!present.has(record.group)) {
        await copyGroup(workspace, part.root, record, signal);
        await assertHeld();
        await workspace.commit(record);
      }
      done += record.entries.length;
      onProgress?.(done, plan.outputs);
    }
  }
  const found = { contents: counts.contents.found, styles: counts.styles.found };
  return finishDataset(workspace, { ...head, found }, refusals, plan.outputs, report);
}

async function readParts(roots: readonly string[]): Promise<readonly [Part, ...Part[]]> {
  const parts: Part[] = [];
  for (const root of roots) {
    const dataset = await readDataset(root);
    if (dataset === undefined) {
      throw new UsageError(
        `Expected a finished part of a dataset in ${root}: run its "cuemix stylize" to the end.`,
      );
    }
    if (dataset.shard === undefined)
      throw new UsageError(`The dataset in ${root} is whole, not a part made by --shard.`);
    parts.push({ root, dataset });
  }
  const [first, ...rest] = parts.sort((a, b) => a.dataset.shard!.index - b.dataset.shard!.index);
  if (first === undefined) throw new UsageError('Expected the folders of all parts but none came.');
  for (const part of rest) refuseUnrelated(first, part);
  const { count } = first.dataset.shard!;
  const there = new Set(parts.map(({ dataset }) => dataset.shard!.index));
  const missing = Array.from({ length: count }, (_, place) => place + 1).filter((index) => !there.has(index));
  if (missing.length > 0)
    throw new UsageError(`Expected parts 1/${count} to ${count}/${count}; missing: ${missing.join(', ')}.`);
  if (parts.length > count)
    throw new UsageError(`Expected ${count} parts but ${parts.length} folders came: one came twice.`);
  return [first, ...rest];
}

function refuseUnrelated(first: Part, part: Part): void {
  const common = ({ dataset: { plan, painter, versions, classes, styleClasses, recipe, shard } }: Part) => ({
    plan,
    painter,
    versions,
    classes,
    styleClasses,
    recipe,
    parts: shard?.count,
  });
  const [a, b] = [Object.entries(common(first)), Object.entries(common(part))];
  const other = a.findIndex(([, value], place) => canonicalJson(value) !== canonicalJson(b[place]?.[1]));
  if (other < 0) return;
  throw new UsageError(
    `The parts in ${first.root} and ${part.root} do not belong together: they differ in their ${a[other]![0]}.`,
  );
}

/** Proves the files of a part that are read as a whole. */
async function checkListed({ root, dataset }: Part): Promise<void> {
  for (const { path, sha256 } of dataset.files) {
    if (!path.endsWith('.jsonl')) continue;
    if ((await sha256File(join(root, path))).sha256 !== sha256) throw damaged(join(root, path));
  }
}

async function copyGroup(
  workspace: Workspace,
  from: string,
  record: GroupRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  const folder = await workspace.begin(record.group);
  const files: readonly { name: string; path: string; sha256: string }[] =
    record.shard === undefined
      ? record.entries.map((entry) => ({ ...entry, name: String(entry.index) }))
      : [{ ...record.shard, name: BUILT_SHARD }];
  await mapLimited(files, COPIES, async ({ path, name, sha256 }) => {
    signal?.throwIfAborted();
    await copyProven(join(from, path), join(folder, name), sha256);
  });
}

async function copyProven(from: string, to: string, sha256: string): Promise<void> {
  const there = await lstat(from).catch(() => undefined);
  if (!there?.isFile()) throw damaged(from); // to copy a pipe would wait for its other end
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const handle = await open(to, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError(error, to, `copy ${from} to`);
  }
  if ((await sha256File(to)).sha256 !== sha256) throw damaged(from);
}

function damaged(path: string): DatasetError {
  return new DatasetError('E_HASH', `The file ${path} is not as it was made: make its part again.`);
}
