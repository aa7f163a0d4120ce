import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatasetError, StorageError, UsageError } from '../../core/errors.js';
import { hard } from '../../core/label.js';
import { compareCodePoints } from '../../core/order.js';
import { isUrl, shownPath } from '../../io/http/http.js';
import { expandPattern } from '../../io/pattern.js';
import { checkIndex, type Dataset } from '../dataset.js';
import type { ImageOptions } from '../decode/limits.js';
import { type LoaderRef, loaderPool } from '../loader.js';
import { loaders } from '../loaders/registry.js';
import { openShard, type ShardAccess } from './open-shard.js';
import { readShardIndex, SHARD_INDEX, type ShardEntry, type ShardIndex } from './shard-index.js';

/** How tar shards are read. */
export interface ShardOptions extends ShardAccess {
  /**
   * Path or URL of the index. Unless told, `cuemix-shards.json` beside the first shard is used where it exists; without
   * one, every shard's headers are read once to count its samples. `false`: do not look for one.
   */
  readonly index?: string | false;
  /** Names by class id; those of the index unless told. */
  readonly classes?: readonly string[];
  readonly image?: Omit<ImageOptions, 'signal' | 'noFollow'>;
  readonly signal?: AbortSignal;
}

/** Samples of tar shards. */
export interface ShardDataset extends Dataset {
  /** Shards in order; for `byShard`, the numbers of samples. */
  readonly shards: readonly { readonly path: string; readonly samples: number }[];
  /** Closes the files that `read` opened. */
  close(): Promise<void>;
}

/**
 * Tar shards in WebDataset form (`key.jpg`, `key.cls`, `key.json`), local or over HTTP. Samples are addressed at random;
 * for remote shards use the sampler `byShard`. `patterns` may hold `{000..099}` and `{a,b}`; a folder (or its URL ending
 * in `/`) with an index stands for all its shards.
 * @throws DatasetError E_EMPTY (no sample), E_PATH (a shard that the index does not name), and what `openShard` throws
 */
export async function shards(
  patterns: string | readonly string[],
  options: ShardOptions = {},
): Promise<ShardDataset> {
  const { image, cache, http, signal } = options;
  const access = { ...(cache && { cache }), ...(http && { http }) };
  const list = await locate(patterns, options);
  if (list.entries.length === 0)
    throw new DatasetError('E_EMPTY', `Expected tar shards at ${patterns} but found none.`);
  const known: { path: string; samples: number; entry?: ShardEntry }[] = [];
  for (const { path, entry } of list.entries) {
    signal?.throwIfAborted();
    if (entry !== undefined) known.push({ path, samples: entry.samples, entry });
    else {
      const { archive, samples } = await openShard(path, access, {}, signal);
      await archive.close();
      known.push({ path, samples: samples.length });
    }
  }
  const ends: number[] = [];
  let length = 0;
  for (const { samples } of known) {
    length += samples;
    ends.push(length);
  }
  if (length === 0)
    throw new DatasetError(
      'E_EMPTY',
      `Expected samples in ${[patterns].flat().map(shownPath)} but the shards are empty.`,
    );

  const loader: LoaderRef = { name: 'shard', options: { ...access, ...(image && { image }) } };
  const pool = loaderPool(loaders);
  const find = (index: number) => {
    const which = firstAbove(ends, checkIndex(index, length));
    return { ...known[which]!, sample: index - (ends[which - 1] ?? 0) };
  };
  const item = (index: number) => {
    const { path, entry, sample } = find(index);
    const promised = entry && { bytes: entry.bytes, sha256: entry.sha256, samples: entry.samples };
    return { shard: path, sample, ...promised };
  };
  const classes = options.classes ?? list.classes;
  return {
    ...(classes && { classes }),
    length,
    shards: known.map(({ path, samples }) => ({ path, samples })),
    entry(index) {
      const { path, sample, entry } = find(index);
      const classId = entry?.classIds?.[sample];
      return {
        id: `${basename(shownPath(path))}#${sample}`,
        ...(classId !== undefined && { label: hard(classId) }),
      };
    },
    plan: (index) => ({ loader, item: item(index) }),
    close: () => pool.close(),
    async read(index, rng, abort) {
      const context = { index, rng, ...(abort && { signal: abort }) };
      return (await pool.open(loader)).load(item(index), context);
    },
  };
}

async function locate(
  patterns: string | readonly string[],
  options: ShardOptions,
): Promise<{ entries: { path: string; entry?: ShardEntry }[]; classes?: readonly string[] }> {
  const paths = [patterns].flat().flatMap((pattern) => expandPattern(pattern));
  const [first] = paths;
  if (first === undefined) throw new UsageError('Expected one shard or more but received none.');
  const isFolder = isUrl(first)
    ? first.endsWith('/')
    : (await stat(first).catch(() => undefined))?.isDirectory() === true;
  const root = isFolder ? first.replace(/\/$/, '') : parent(first);
  const at = options.index === undefined ? beside(root, SHARD_INDEX) : options.index;
  const index = at === false ? undefined : await indexAt(at, options);
  if (index === undefined) {
    if (isFolder) return { entries: await tarsIn(first) };
    return { entries: paths.map((path) => ({ path })) };
  }
  const byName = new Map(index.shards.map((entry) => [entry.name, entry]));
  const wanted = isFolder ? index.shards.map(({ name }) => beside(root, name)) : paths;
  const entries = wanted.map((path) => {
    const entry = byName.get(basename(shownPath(path)));
    if (entry === undefined)
      throw new DatasetError(
        'E_PATH',
        `Expected a shard that ${shownPath(String(at))} names but received ${shownPath(path)}.`,
      );
    return { path, entry };
  });
  return { entries, ...(index.classes && { classes: index.classes }) };
}

async function tarsIn(folder: string): Promise<{ path: string }[]> {
  const names = (await readdir(folder)).filter((name) => /\.tar(\.gz)?$/.test(name) && !name.startsWith('.'));
  return names.sort(compareCodePoints).map((name) => ({ path: join(folder, name) }));
}

/** The index at `path`; undefined where nobody told of one and none is there. */
async function indexAt(path: string, { index, http, signal }: ShardOptions): Promise<ShardIndex | undefined> {
  const isThere =
    index !== undefined || isUrl(path) || (await stat(path).catch(() => undefined)) !== undefined;
  if (!isThere) return undefined;
  return readShardIndex(path, { ...http, signal }).catch((error: unknown) => {
    const isRefused = error instanceof StorageError && error.code === 'E_HTTP'; // 404, or 403 where that says as much
    if (index === undefined && isRefused) return undefined;
    throw error;
  });
}

function parent(path: string): string {
  return isUrl(path) ? new URL('.', path).href.replace(/\/$/, '') : dirname(path);
}

function beside(root: string, name: string): string {
  return isUrl(root) ? `${root}/${name}` : join(root, name);
}

/** Index of the first of ascending `ends` above `value`. */
function firstAbove(ends: readonly number[], value: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
