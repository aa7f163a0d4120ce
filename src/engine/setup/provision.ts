import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from '../../core/errors.js';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { type Lock, lockFolder } from '../../io/files/lock.js';
import {
  CACHE_MANIFEST,
  type CacheManifest,
  cacheFolder,
  cacheRoot,
  type FileSums,
  findDamage,
  libraryRoot,
  readCacheManifest,
} from './cache.js';
import { requireSpace, requireTarget } from './needs.js';
import { type PinnedTarget, type PinnedWheel, pinnedWheels, TENSORFLOW_VERSION } from './pinned.js';
import { readRecord, recordPath, type StageOptions, stageWheel } from './stage.js';

export type { ProvisionProgress } from './stage.js';

/** Options of {@link provision}. */
export interface ProvisionOptions extends StageOptions {
  /** The CUDA build with NVIDIA's libraries. Default false. */
  readonly gpu?: boolean;
  /** Default: see `cacheRoot`. */
  readonly root?: string;
  /** What to fetch; default: the pinned target of this platform. */
  readonly target?: PinnedTarget;
  /** Its wheels; default: the package's requirements file. */
  readonly wheels?: readonly PinnedWheel[];
}

/** A cache folder that is whole. */
export interface Provisioned {
  /** The cache folder. */
  readonly folder: string;
  /** The folder inside it that holds libtensorflow. */
  readonly dir: string;
  readonly version: string;
  /** Bytes on disk. */
  readonly bytes: number;
  /** False when it was there already and verified. */
  readonly fetched: boolean;
}

const LOCK_WAIT_MS = 60 * 60 * 1000;

/**
 * Brings the pinned TensorFlow's libraries into the per-user cache and verifies them. A run that was killed goes on
 * where it stopped; a second process waits for the first.
 * @throws EngineError E_PLATFORM, E_NO_INSTALLER, E_DISK_SPACE, E_DOWNLOAD; StorageError for the disk.
 */
export async function provision(options: ProvisionOptions = {}): Promise<Provisioned> {
  const { gpu = false, root = cacheRoot() } = options;
  const target = options.target ?? requireTarget(gpu);
  const folder = cacheFolder(root, target.id);
  const ready = await verified(folder);
  if (ready !== undefined) return ready;
  const lock = await waitForLock(libraryRoot(root), options);
  try {
    return (await verified(folder)) ?? (await fill(folder, target, options));
  } finally {
    await lock.release();
  }
}

/** Says once that it waits, so that a second `npm test` beside a first does not look hung. */
async function waitForLock(folder: string, { signal, onProgress }: ProvisionOptions): Promise<Lock> {
  try {
    return await lockFolder(folder, { signal });
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'E_LOCKED') throw error;
    onProgress?.({ step: 'wait', wheel: '', done: 0, total: undefined });
    return lockFolder(folder, { waitMs: LOCK_WAIT_MS, signal });
  }
}

async function verified(folder: string): Promise<Provisioned | undefined> {
  const manifest = await readCacheManifest(folder);
  if (manifest === undefined || (await findDamage(folder, manifest.files, true)) !== undefined)
    return undefined;
  return describe(folder, manifest, false);
}

async function fill(folder: string, target: PinnedTarget, options: ProvisionOptions): Promise<Provisioned> {
  const stage = `${folder}.part`;
  const wheels = options.wheels ?? pinnedWheels(target);
  const records = join(stage, '.wheels');
  const staged = new Map<string, FileSums>();
  for (const wheel of wheels) {
    const files = await readRecord(records, stage, wheel);
    if (files !== undefined) staged.set(wheel.name, files);
  }
  if (staged.size === 0) await requireSpace(dirname(stage), target);
  for (const wheel of wheels) {
    if (staged.has(wheel.name)) continue;
    const files = await stageWheel(stage, target, wheel, options);
    await writeFileAtomic(recordPath(records, wheel), JSON.stringify(files));
    staged.set(wheel.name, files);
  }
  options.signal?.throwIfAborted();
  const files = Object.assign({}, ...staged.values()) as FileSums;
  const manifest: CacheManifest = { version: TENSORFLOW_VERSION, target: target.id, files };
  await rm(records, { recursive: true, force: true });
  await rm(join(stage, '.fetch'), { recursive: true, force: true });
  await writeFileAtomic(join(stage, CACHE_MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await rm(folder, { recursive: true, force: true }); // a damaged one
  await rename(stage, folder);
  return describe(folder, manifest, true);
}

function describe(folder: string, manifest: CacheManifest, fetched: boolean): Provisioned {
  const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
  return { folder, dir: join(folder, 'tensorflow'), version: manifest.version, bytes, fetched };
}
