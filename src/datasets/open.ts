import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../core/errors.js';
import { isUrl } from '../io/http/http.js';
import type { Dataset } from './dataset.js';
import { folder } from './folder.js';
import { manifest } from './manifest.js';
import { isPainted, painted } from './painted.js';
import { parquet } from './parquet/parquet.js';
import { PREPARED_INDEX } from './prepared/format.js';
import { prepared } from './prepared/read.js';
import { SHARD_INDEX } from './shards/shard-index.js';
import { shards } from './shards/shards.js';
import { videos } from './videos/videos.js';

/**
 * Opens a dataset by what lies at `path`: a manifest (`.csv`, `.jsonl`), tar shards (a pattern, a URL, or a folder of
 * them), Parquet tables, a prepared set, a dataset of `cuemix stylize`, or a folder of pictures or videos. Throws what
 * those throw.
 */
export async function openDataset(
  path: string,
  options: { readonly resampler?: 'exact' | 'fast'; readonly signal?: AbortSignal } = {},
): Promise<Dataset & { close?(): Promise<void> }> {
  const { resampler, signal } = options;
  const common = { ...(resampler && { image: { resampler } }), ...(signal && { signal }) };
  if (/\.(csv|jsonl|ndjson)$/i.test(path) && !isUrl(path)) return manifest(path, common);
  if (/\.parquet$/i.test(path)) return parquet(path, common);
  const isFolder = !isUrl(path) && (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder)
    return isUrl(path) || /\.tar(\.gz)?$/i.test(path) ? shards(path, common) : folder(path, common);
  const names = await readdir(path);
  if (names.includes(PREPARED_INDEX)) return prepared(path, options);
  if (names.includes(SHARD_INDEX) || names.some((name) => /\.tar(\.gz)?$/.test(name)))
    return shards(path, common);
  if (names.some((name) => /\.parquet$/i.test(name))) return parquet(path, common);
  if (isPainted(names)) return painted(path, common);
  return folder(join(path), common).catch((error: unknown) => {
    if (!(error instanceof DatasetError && error.code === 'E_EMPTY')) throw error;
    return videos(path, signal && { signal }).catch(() => {
      throw error;
    });
  });
}
