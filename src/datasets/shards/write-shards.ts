import { join } from 'node:path';
import { DatasetError, UsageError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import { withAtomicFolder, writeFileAtomic } from '../../io/files/atomic.js';
import { type TarMember, writeTar } from '../../io/tar/tar.js';
import type { Dataset } from '../dataset.js';
import { readCapped } from '../decode/read.js';
import { describeStranger, sniff } from '../decode/sniff.js';
import { SHARD_INDEX, type ShardEntry, type ShardIndex } from './shard-index.js';

/** A dataset whose pictures are files. */
export interface FileDataset extends Dataset {
  readonly entries: readonly { readonly id: string; readonly path: string; readonly classId?: number }[];
}

/** How shards are written. */
export interface WriteShardsOptions {
  /** Samples in a shard at most; 1,000 unless told. */
  readonly perShard?: number;
  /** Start of the shards' names; `shard` unless told. */
  readonly prefix?: string;
  /** Shuffle the samples over the shards; in the set's order unless told. */
  readonly seed?: number | string;
  readonly signal?: AbortSignal | undefined;
  onProgress?(done: number, total: number): void;
}

const MAX_FILE = 256 * 1024 * 1024;

/**
 * Packs the files of a dataset, as they are, into tar shards in WebDataset form with an index, in the new folder `out`.
 * The bytes depend on the files, their names and the options alone. Each sample is `key.jpg` (by content), `key.cls` and
 * `key.json` with the class, its name and the original path.
 * @throws StorageError E_EXISTS where `out` exists; DatasetError E_FORMAT for a file that is no picture
 */
export async function writeShards(
  dataset: FileDataset,
  out: string,
  options: WriteShardsOptions = {},
): Promise<ShardIndex> {
  const { perShard = 1000, prefix = 'shard', seed, signal, onProgress } = options;
  if (!Number.isSafeInteger(perShard) || perShard < 1)
    throw new UsageError(`Expected 1 sample or more per shard but received ${perShard}.`);
  if (!/^[\w-]+$/.test(prefix))
    throw new UsageError(`Expected a prefix of letters, digits, - and _ but received ${prefix}.`);
  const total = dataset.entries.length;
  const order = seed === undefined ? undefined : Rng.of(seed).at('shards').permutation(total);
  const count = Math.ceil(total / perShard);
  const digits = Math.max(6, String(count - 1).length);
  let done = 0;
  async function* members(start: number, end: number, classIds: number[]): AsyncGenerator<TarMember> {
    for (let place = start; place < end; place++) {
      const { id, path, classId } = dataset.entries[order?.at(place) ?? place]!;
      const bytes = await readCapped(path, { maxBytes: MAX_FILE, noFollow: true });
      const format = sniff(bytes);
      if (format === undefined)
        throw new DatasetError(
          'E_FORMAT',
          `Expected a picture in ${path} but it is ${describeStranger(bytes)}.`,
        );
      const key = String(place).padStart(9, '0');
      const name = classId === undefined ? undefined : dataset.classes?.[classId];
      // Ascending, as the writer of tars wants them: cls < jpg < json < png.
      const parts: TarMember[] = [
        { name: `${key}.${format === 'jpeg' ? 'jpg' : format}`, data: bytes },
        {
          name: `${key}.json`,
          data: JSON.stringify({ id, ...(classId !== undefined && { classId, class: name }) }),
        },
      ];
      if (classId !== undefined) {
        parts.push({ name: `${key}.cls`, data: String(classId) });
        classIds.push(classId);
      }
      yield* parts.sort((a, b) => (a.name < b.name ? -1 : 1));
      onProgress?.(++done, total);
    }
  }
  return withAtomicFolder(
    out,
    async (folder) => {
      const shards: ShardEntry[] = [];
      for (let shard = 0; shard < count; shard++) {
        const [start, end] = [shard * perShard, Math.min(total, (shard + 1) * perShard)];
        const name = `${prefix}-${String(shard).padStart(digits, '0')}.tar`;
        const classIds: number[] = [];
        const { bytes, sha256 } = await writeTar(join(folder, name), members(start, end, classIds), {
          signal,
        });
        const labels = classIds.length === end - start ? { classIds } : {};
        shards.push({ name, bytes, sha256, samples: end - start, ...labels });
      }
      const classes = dataset.classes === undefined ? {} : { classes: [...dataset.classes] };
      const index: ShardIndex = { format: 'cuemix-shards', version: 1, ...classes, shards };
      await writeFileAtomic(join(folder, SHARD_INDEX), `${JSON.stringify(index)}\n`, { signal });
      return index;
    },
    { ...(signal && { signal }) },
  );
}
