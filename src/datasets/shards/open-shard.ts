import { DatasetError } from '../../core/errors.js';
import { cachedCopy, type DownloadCache } from '../../io/http/download.js';
import { type HttpOptions, isUrl, shownPath } from '../../io/http/http.js';
import { groupSamples, openRemoteTar, openTar, type TarArchive, type TarSample } from '../../io/tar/tar.js';

/** How shards are reached. */
export interface ShardAccess {
  /** Where copies of remote shards are kept; without it, remote shards are read by range requests. */
  readonly cache?: DownloadCache;
  readonly http?: Omit<HttpOptions, 'signal'>;
}

/** What the index says that a shard is. */
export interface ShardPromise {
  readonly bytes?: number | undefined;
  readonly sha256?: string | undefined;
  readonly samples?: number | undefined;
}

/** A shard and its samples, in its order. */
export interface OpenShard {
  readonly archive: TarArchive;
  readonly samples: readonly TarSample[];
  /** Whether samples of it have a class of their own, so that all must. */
  readonly labelled: boolean;
}

/** Extensions of pictures in shards. */
const PICTURES = ['jpg', 'jpeg', 'png', 'webp'];

/**
 * Opens a shard, local or remote, and groups its members into samples; each must have a picture.
 * @throws DatasetError E_TRUNCATED when it has another size or number of samples than promised, E_MISSING, E_DUPLICATE, and
 * what `openTar` throws; StorageError
 */
export async function openShard(
  path: string,
  access: ShardAccess,
  promised: ShardPromise,
  signal?: AbortSignal,
): Promise<OpenShard> {
  const remote = isUrl(path);
  const http = { ...access.http, signal };
  let local = path;
  if (remote && access.cache !== undefined) local = await cachedCopy(path, access.cache, promised, http);
  const shown = shownPath(path);
  const archive = isUrl(local) ? await openRemoteTar(local, { ...http }) : await openTar(local, { signal });
  try {
    const samples = samplesOf(archive, shown, promised);
    return { archive, samples, labelled: samples.some(({ parts }) => partOf(parts, ['cls']) !== undefined) };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

function samplesOf(archive: TarArchive, shown: string, promised: ShardPromise): TarSample[] {
  if (promised.bytes !== undefined && promised.bytes !== archive.bytes)
    throw new DatasetError(
      'E_TRUNCATED',
      `Expected ${promised.bytes} bytes in ${shown} but it has ${archive.bytes}.`,
    );
  const samples = groupSamples(archive.entries.values(), shown);
  const bare = samples.find(({ parts }) => pictureOf(parts) === undefined);
  if (bare !== undefined)
    throw new DatasetError(
      'E_MISSING',
      `Cannot use ${shown}: its sample "${bare.key}" has no picture (${PICTURES.join(', ')}).`,
    );
  if (promised.samples !== undefined && promised.samples !== samples.length)
    throw new DatasetError(
      'E_TRUNCATED',
      `Expected ${promised.samples} samples in ${shown} but it holds ${samples.length}: it was cut or changed.`,
    );
  return samples;
}

/** Extension of a sample's picture. */
export function pictureOf(parts: TarSample['parts']): string | undefined {
  return partOf(parts, PICTURES);
}

/** Extension of the member of one of these kinds: `jpg`, or one that ends so, as in `1.jpg`. */
export function partOf(parts: TarSample['parts'], kinds: readonly string[]): string | undefined {
  const whole = kinds.find((kind) => parts.has(kind));
  return whole ?? [...parts.keys()].find((extension) => kinds.includes(extension.split('.').at(-1)!));
}
