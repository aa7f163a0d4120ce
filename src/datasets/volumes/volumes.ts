import { checkIndex, type Dataset, type Entry } from '../dataset.js';
import { type LoaderRef, loaderPool } from '../loader.js';
import { loaders } from '../loaders/registry.js';
import { byShard, type Sampler } from '../samplers.js';
import { checkGeometry } from './check.js';
import type { VolumeEntry } from './entries.js';
import { type ScanGeometry, scanGeometry } from './geometry.js';
import { listScans } from './list.js';
import type { PreprocessData } from './schemas.js';

export interface VolumesOptions {
  /** Which part of a set that has several. Default 'train'. */
  readonly part?: 'train' | 'test';
  /** What is done to every volume when it is read; for many epochs use `prepareVolumes` instead. Default nothing. */
  readonly preprocess?: PreprocessData;
  /** Bytes of volumes that each thread keeps, so that patches of one volume share a reading. Default 256 MiB. */
  readonly cache?: number;
  /** How many samples each volume gives: `cropPatch`, `cropLabels` or `cropWeights` cut a patch of each. Default 1. */
  readonly patches?: number;
  /** Look at all headers first and refuse images and labels of different grids. Default true. */
  readonly check?: boolean;
  readonly signal?: AbortSignal;
}

/** Volumes, or several samples of each. */
export interface VolumeDataset extends Dataset {
  readonly entries: readonly VolumeEntry[];
  /** Samples that each volume gives. */
  readonly patches: number;
  entry(index: number): Entry;
  /**
   * The order for patches: volumes are shuffled and taken in groups of `group`, and the patches of a group are shuffled
   * among each other, so that no more than `group` volumes are in use at a time.
   */
  order(group?: number): Sampler;
  /** Where a sample lies, and the true classes on the grid of its files: to bring a prediction back. Reads the files. */
  geometry(index: number, signal?: AbortSignal): Promise<ScanGeometry>;
  /** Frees the volumes that `read` kept. */
  close(): Promise<void>;
}

/**
 * Volumes with their labels as samples with rasters `image`, `mask` and `weights`, of axes `zyx`. What `path` may be:
 * see `listScans`. Reading a sample again with another address gives the same volume: transforms draw the patch.
 *
 * @throws DatasetError E_PATH, E_FORMAT, E_MISSING, E_EMPTY, E_GEOMETRY (image and label on different grids)
 * @example
 * const set = await volumes('Task04_Hippocampus', { patches: 4 });
 * for await (const batch of stream(set, { order: set.order(), transforms: [cropLabels({ size: 32 })], batch: 8 })) …
 */
export async function volumes(path: string, options: VolumesOptions = {}): Promise<VolumeDataset> {
  const { part, preprocess, cache, patches = 1, check = true, signal } = options;
  const { entries, classes } = await listScans(path, part, signal);
  if (check) await checkGeometry(entries, signal);
  const settings = { ...(preprocess && { preprocess }), ...(cache !== undefined && { cache }) };
  const loader: LoaderRef = { name: 'volume', options: settings };
  const length = entries.length * patches;
  const at = (index: number): VolumeEntry => entries[Math.floor(checkIndex(index, length) / patches)]!;
  const pool = loaderPool(loaders);
  return {
    entries,
    patches,
    length,
    ...(classes && { classes }),
    entry: (index) => ({ id: at(index).id }),
    plan: (index) => ({ loader, item: at(index) }),
    async read(index, rng, stop) {
      const opened = await pool.open(loader);
      return opened.load(at(index), { index, rng, ...(stop && { signal: stop }) });
    },
    order: (group = 4) => byShard(new Array<number>(entries.length).fill(patches), group),
    geometry: (index, stop) => scanGeometry(at(index), preprocess, stop),
    close: () => pool.close(),
  };
}
