import { join } from 'node:path';
import { CuemixError, DatasetError, DecodeError, UsageError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import { withAtomicFolder, writeFileAtomic } from '../../io/files/atomic.js';
import { type TarMember, writeTar } from '../../io/tar/tar.js';
import type { Dataset } from '../dataset.js';
import { decodeImage } from '../decode/image.js';
import { readCapped } from '../decode/read.js';
import { describeStranger, type ImageFormat, sniff } from '../decode/sniff.js';
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
  /** Decode every picture too, and refuse what is damaged; only the first bytes are looked at unless told. */
  readonly check?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told of every file that is no picture or cannot be read, which is then left out; without it, one ends the work. */
  onRefused?(refused: { readonly id: string; readonly code: string; readonly message: string }): void;
  onProgress?(done: number, total: number): void;
}

const MAX_FILE = 256 * 1024 * 1024;

/** What one shard got. */
interface Packed {
  count: number;
  readonly classIds: number[];
}

async function readPicture(
  path: string,
  check: boolean,
  signal: AbortSignal | undefined,
): Promise<{ readonly bytes: Buffer; readonly format: ImageFormat }> {
  const bytes = await readCapped(path, { maxBytes: MAX_FILE, noFollow: true });
  if (bytes.length === 0) throw new DecodeError('E_EMPTY', path, 'the file is empty.');
  const format = sniff(bytes);
  if (format !== undefined) {
    if (check) await decodeImage({ bytes, name: path }, signal && { signal });
    return { bytes, format };
  }
  throw new DatasetError('E_FORMAT', `Expected a picture in ${path} but it is ${describeStranger(bytes)}.`);
}

/**
 * Packs the files of a dataset, as they are, into tar shards in WebDataset form with an index, in the new folder `out`.
 * The bytes depend on the files, their names and the options alone. Each sample is `key.jpg` (by content), `key.cls` and
 * `key.json` with the class, its name and the original path.
 * @throws StorageError E_EXISTS where `out` exists; DatasetError E_EMPTY where no file is left; for a file that is no
 * picture (unless `onRefused` is given) DatasetError E_FORMAT, DecodeError E_EMPTY, E_PATH, E_READ, E_TOO_LARGE, and with `check` what
 * `decodeImage` throws
 */
export async function writeShards(
  dataset: FileDataset,
  out: string,
  options: WriteShardsOptions = {},
): Promise<ShardIndex> {
  const { perShard = 1000, prefix = 'shard', seed, check = false, signal, onProgress, onRefused } = options;
  if (!Number.isSafeInteger(perShard) || perShard < 1)
    throw new UsageError(`Expected 1 sample or more per shard but received ${perShard}.`);
  if (!/^[\w-]+$/.test(prefix))
    throw new UsageError(`Expected a prefix of letters, digits, - and _ but received ${prefix}.`);
  const total = dataset.entries.length;
  const order = seed === undefined ? undefined : Rng.of(seed).at('shards').permutation(total);
  const count = Math.ceil(total / perShard);
  const digits = Math.max(6, String(count - 1).length);
  let done = 0;
  async function* members(start: number, end: number, packed: Packed): AsyncGenerator<TarMember> {
    for (let place = start; place < end; place++) {
      const { id, path, classId } = dataset.entries[order?.at(place) ?? place]!;
      const found = await readPicture(path, check, signal).catch((error: unknown) => {
        if (onRefused === undefined || !(error instanceof CuemixError)) throw error;
        onRefused({ id, code: error.code, message: error.message });
      });
      onProgress?.(++done, total);
      if (found === undefined) continue;
      const { bytes, format } = found;
      packed.count++;
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
        packed.classIds.push(classId);
      }
      yield* parts.sort((a, b) => (a.name < b.name ? -1 : 1));
    }
  }
  return withAtomicFolder(
    out,
    async (folder) => {
      const shards: ShardEntry[] = [];
      for (let shard = 0; shard < count; shard++) {
        const [start, end] = [shard * perShard, Math.min(total, (shard + 1) * perShard)];
        const name = `${prefix}-${String(shard).padStart(digits, '0')}.tar`;
        const packed: Packed = { count: 0, classIds: [] };
        const { bytes, sha256 } = await writeTar(join(folder, name), members(start, end, packed), {
          signal,
        });
        const { count: samples, classIds } = packed;
        shards.push({ name, bytes, sha256, samples, ...(classIds.length === samples && { classIds }) });
      }
      if (shards.every(({ samples }) => samples === 0))
        throw new DatasetError('E_EMPTY', 'Expected pictures to pack but none of the files can be read.');
      const classes = dataset.classes === undefined ? {} : { classes: [...dataset.classes] };
      const index: ShardIndex = { format: 'cuemix-shards', version: 1, ...classes, shards };
      await writeFileAtomic(join(folder, SHARD_INDEX), `${JSON.stringify(index)}\n`, { signal });
      return index;
    },
    { ...(signal && { signal }) },
  );
}
