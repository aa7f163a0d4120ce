import { lstat, readdir } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { CuemixError, DatasetError } from '../../core/errors.js';
import { counted } from '../../core/plural.js';
import { sha256File } from '../../io/files/hash.js';
import { systemCode } from '../../io/files/storage-error.js';
import { crowdedSignal, mapLimited } from '../produce/pipeline.js';
import { readDataset, readLines } from './finished.js';
import { type Dataset, entrySchema, type FileEntry, refusalSchema } from './manifest.js';
import { readUnfinished, STATE_FOLDER } from './workspace.js';

/** Something that is not as it was made. */
export interface Problem {
  /** E_MISSING, E_HASH, E_FORMAT, E_FOREIGN, E_COVERAGE, E_INCOMPLETE, E_COUNT. */
  readonly code: string;
  /** Relative to the dataset. */
  readonly path: string;
  readonly message: string;
}

/** What a check found. */
export interface Verdict {
  readonly root: string;
  /** Nothing is wrong and nothing is missing. */
  readonly ok: boolean;
  /** The hash of the whole; absent when the dataset is not finished or its document is damaged. */
  readonly hash?: string;
  /** Pictures and bytes that were hashed. */
  readonly pictures: number;
  readonly bytes: number;
  /** At most a thousand. */
  readonly problems: readonly Problem[];
  /** How many there are. */
  readonly problemCount: number;
}

/** Watching and stopping a check. */
export interface VerifyHooks {
  readonly onProgress?: (pictures: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

const SHOWN = 1000;
const LANES = 8;

/**
 * Proves a dataset whole: hashes every file, holds manifest and quarantine against the plan, and looks for files that do
 * not belong. Any changed bit is found. An unfinished folder is never ok, but what is committed in it is checked.
 * @throws DatasetError E_PATH when `folder` holds no dataset; StorageError when it cannot be read; the signal's reason.
 */
export async function verifyDataset(folder: string, hooks: VerifyHooks = {}): Promise<Verdict> {
  const root = resolve(folder);
  const check = new Check(root, { ...hooks, signal: crowdedSignal(hooks.signal) });
  let dataset: Dataset | undefined;
  try {
    dataset = await readDataset(root);
  } catch (error) {
    check.note(error, 'dataset.json');
    return check.verdict();
  }
  if (dataset !== undefined) await checkFinished(check, dataset);
  else await checkUnfinished(check);
  return check.verdict(dataset?.hash);
}

/** Collects what is found. */
class Check {
  readonly root: string;
  readonly hooks: VerifyHooks;
  readonly problems: Problem[] = [];
  /** Files that belong to the dataset. */
  readonly known = new Set<string>();
  problemCount = 0;
  pictures = 0;
  bytes = 0;

  constructor(root: string, hooks: VerifyHooks) {
    this.root = root;
    this.hooks = hooks;
  }

  problem(code: string, path: string, message: string): void {
    this.problemCount++;
    if (this.problems.length < SHOWN) this.problems.push({ code, path, message });
  }

  /** Notes what a reader threw; what is not about the data is thrown on. */
  note(error: unknown, path: string): void {
    if (!(error instanceof CuemixError)) throw error;
    this.problem(error instanceof DatasetError ? error.code : 'E_MISSING', path, error.message);
  }

  /** Hashes one file. */
  async file({ path, bytes, sha256 }: Pick<FileEntry, 'path' | 'bytes' | 'sha256'>): Promise<void> {
    this.hooks.signal?.throwIfAborted();
    this.known.add(path);
    const full = join(this.root, path);
    const stats = await lstat(full).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
      throw error;
    });
    if (!stats?.isFile()) {
      this.problem('E_MISSING', path, `Expected the file ${path} but it is not there.`);
      return;
    }
    const found = await sha256File(full, this.hooks.signal);
    this.bytes += found.bytes;
    if (found.bytes !== bytes || found.sha256 !== sha256) {
      const size = found.bytes === bytes ? '' : ` It has ${found.bytes} bytes instead of ${bytes}.`;
      this.problem('E_HASH', path, `The file ${path} is not as it was made.${size}`);
    }
  }

  /** Files below `folder` that nobody listed. */
  async foreign(folder: string): Promise<void> {
    const entries = await readdir(join(this.root, folder), { recursive: true, withFileTypes: true }).catch(
      (error: unknown) => {
        if (systemCode(error) === 'ENOENT') return [];
        throw error;
      },
    );
    for (const entry of entries) {
      if (entry.isDirectory()) continue;
      const path = relative(this.root, join(entry.parentPath, entry.name)).split(sep).join('/');
      if (!this.known.has(path))
        this.problem('E_FOREIGN', path, `The file ${path} does not belong to the dataset.`);
    }
  }

  verdict(hash?: string): Verdict {
    const { root, pictures, bytes, problems, problemCount } = this;
    return { root, ok: problemCount === 0, ...(hash && { hash }), pictures, bytes, problems, problemCount };
  }
}

async function checkFinished(check: Check, dataset: Dataset): Promise<void> {
  const { hooks, root } = check;
  const total = dataset.counts.outputs.delivered;
  for (const file of dataset.files) await check.file(file);
  const inShards = new Map<string, number>();
  const seen = new Uint8Array(dataset.plan.outputs);
  const see = (index: number, where: string): void => {
    if (index >= seen.length || seen[index] === 1) {
      check.problem(
        'E_COVERAGE',
        where,
        `Output ${index} of ${where} is no output of the plan, or comes twice.`,
      );
    } else seen[index] = 1;
  };
  try {
    for await (const page of pages(readLines(root, 'manifest.jsonl', entrySchema), 64 * LANES)) {
      await mapLimited(page, LANES, async (entry) => {
        see(entry.index, 'manifest.jsonl');
        if (entry.member === undefined) await check.file(entry);
        else inShards.set(entry.path, (inShards.get(entry.path) ?? 0) + 1);
        check.pictures++;
        hooks.onProgress?.(check.pictures, total);
      });
    }
    for await (const { outputs } of readLines(root, 'quarantine.jsonl', refusalSchema)) {
      for (const index of outputs) see(index, 'quarantine.jsonl');
    }
  } catch (error) {
    check.note(error, 'manifest.jsonl');
    return;
  }
  for (const { path, entries } of dataset.files) {
    if (entries === undefined || (inShards.get(path) ?? 0) === entries) continue;
    check.problem('E_COUNT', path, `Expected ${entries} pictures of ${path} in the manifest.`);
  }
  const { plan, shard } = dataset;
  const expected = (index: number): boolean =>
    shard === undefined || Math.floor(index / plan.groupSize) % shard.count === shard.index - 1;
  for (const [index, there] of seen.entries()) {
    if ((there === 1) !== expected(index)) {
      check.problem(
        'E_COVERAGE',
        'manifest.jsonl',
        `Output ${index} of the plan is ${there ? 'too much' : 'missing'}.`,
      );
    }
  }
  await check.foreign('images');
  await check.foreign('clips');
  await check.foreign('shards');
}

async function checkUnfinished(check: Check): Promise<void> {
  const state = await lstat(join(check.root, STATE_FOLDER)).catch(() => undefined);
  if (state === undefined) {
    throw new DatasetError('E_PATH', `Expected a dataset of cuemix in ${check.root} but there is none.`);
  }
  let groups = 0;
  try {
    for await (const { record, moved } of readUnfinished(check.root)) {
      groups++;
      for (const file of record.shard === undefined ? record.entries : [record.shard]) {
        const there = await lstat(join(check.root, file.path)).catch(() => undefined);
        if (!moved && there === undefined) continue; // committed, on its way
        await check.file(file);
      }
      check.pictures += record.entries.length;
    }
  } catch (error) {
    check.note(error, STATE_FOLDER);
  }
  await check.foreign('images');
  await check.foreign('clips');
  await check.foreign('shards');
  check.problem(
    'E_INCOMPLETE',
    'dataset.json',
    `The dataset is not finished: ${counted(groups, 'group')} with ${counted(check.pictures, 'output')} are committed. Run its command again.`,
  );
}

async function* pages<T>(values: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let page: T[] = [];
  for await (const value of values) {
    page.push(value);
    if (page.length === size) {
      yield page;
      page = [];
    }
  }
  yield page;
}
