import { appendFile, rm } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { CuemixError, DatasetError } from '../../core/errors.js';
import { sweepTemporary, writeFileAtomic } from '../../io/files/atomic.js';
import { lockFolder } from '../../io/files/lock.js';
import { Budget } from './budget.js';
import { affineOf } from './geometry.js';
import { voxelBytes } from './header.js';
import { gridDifference } from './inspect.js';
import type { VolumeFile } from './list.js';
import { type OpenedNifti, openNifti } from './open.js';
import type { PrepareJob } from './prepare-one.js';
import { PrepareWorkers } from './prepare-workers.js';
import { type PreparedEntry, readPrepared } from './prepared.js';
import { checkPreprocess, type PreprocessOptions, targetGrid } from './preprocess.js';

/** Bytes of a prepared voxel that are held at once: resampled in float32, in planes, encoded. */
const HELD = 12;
const JOURNAL = '.journal.jsonl';

/** A volume that was left out. */
export interface PreparedFailure {
  readonly id: string;
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export interface PrepareOptions {
  readonly out: string;
  readonly preprocess: Omit<PreprocessOptions, 'role' | 'signal' | 'region' | 'onto'>;
  /** Label volumes; each must share its name and grid with an image. */
  readonly labels?: readonly VolumeFile[];
  /** Volumes at a time, each in a worker thread (1: in this one). Default one per core. */
  readonly concurrency?: number;
  /** Bytes that may be held at once. Default a quarter of the machine's memory. */
  readonly memory?: number;
  /** Write no free text or extensions of the sources. Default false. */
  readonly scrub?: boolean;
  /** `fail` throws at the first broken file; `skip` lists it and goes on. Default 'fail'. */
  readonly onError?: 'fail' | 'skip';
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface PrepareResult {
  readonly manifest: string;
  readonly prepared: readonly PreparedEntry[];
  readonly failed: readonly PreparedFailure[];
  /** How many were there already. */
  readonly kept: number;
}

/** Refuses a label that does not lie on its image's grid, before anything is sampled. */
function checkPartner(opened: OpenedNifti, job: PrepareJob, image: PreparedEntry | undefined): void {
  const { path } = job.file;
  if (image === undefined) {
    throw new DatasetError(
      'E_GEOMETRY',
      `Expected a prepared image called ${job.file.id} for the label ${path} but there is none.`,
    );
  }
  const label = { dims: opened.header.dims, affine: affineOf(opened.header, path) };
  const difference = gridDifference({ dims: image.original.size, affine: image.original.affine }, label);
  if (difference !== undefined) {
    throw new DatasetError(
      'E_GEOMETRY',
      `Expected the label ${path} to lie on the grid of ${image.source.path} but found ${difference}.`,
    );
  }
}

/** Bytes that preparing a volume holds: the voxels as stored and in float32, and what is made of them. */
function heldBytes({ header }: OpenedNifti, path: string, how: PreprocessOptions): number {
  const [x = 1, y = 1, z = 1, ...more] = header.dims;
  const count = (extents: readonly number[]) => extents.reduce((product, extent) => product * extent, 1);
  const target = targetGrid({ size: [x, y, z], affine: affineOf(header, path) }, how);
  return voxelBytes(header) + 4 * count(header.dims) + HELD * count(target.size) * count(more);
}

/** How a job is to be read: an image by the options, a label onto its prepared image. */
function howTo(
  job: PrepareJob,
  image: PreparedEntry | undefined,
  { preprocess }: PrepareOptions,
): PreprocessOptions {
  if (job.role === 'intensity' || image === undefined) return { ...preprocess, role: job.role };
  const [x, y, z] = image.shape as readonly [number, number, number, number];
  return { role: 'mask', onto: { size: [x, y, z], affine: image.affine } };
}

/** One run over a list of jobs: bounded in number and memory, kept results skipped, every result journalled. */
class Run {
  readonly prepared = new Map<string, PreparedEntry>();
  readonly failed: PreparedFailure[] = [];
  kept = 0;
  private done = 0;
  private stopped = false;
  private readonly options: PrepareOptions;
  private readonly known: ReadonlyMap<string, PreparedEntry>;
  private readonly total: number;
  private readonly budget: Budget;
  private readonly workers: PrepareWorkers;

  constructor(
    options: PrepareOptions,
    known: ReadonlyMap<string, PreparedEntry>,
    total: number,
    workers: PrepareWorkers,
  ) {
    this.options = options;
    this.workers = workers;
    this.known = known;
    this.total = total;
    this.budget = new Budget(options.memory ?? totalmem() / 4);
  }

  async all(jobs: readonly PrepareJob[]): Promise<void> {
    const limit = pLimit(concurrencyOf(this.options));
    const results = await Promise.allSettled(jobs.map((job) => limit(() => this.guarded(job))));
    const broken = results.find((result) => result.status === 'rejected');
    if (broken?.status === 'rejected') throw broken.reason;
  }

  private async guarded(job: PrepareJob): Promise<void> {
    if (this.stopped) return;
    try {
      this.options.signal?.throwIfAborted();
      await this.one(job);
    } catch (error) {
      const skip =
        this.options.onError === 'skip' && error instanceof CuemixError && !this.options.signal?.aborted;
      if (!skip) {
        this.stopped = true;
        throw error;
      }
      this.failed.push({ id: job.file.id, path: job.file.path, code: error.code, message: error.message });
    }
    this.options.onProgress?.(++this.done, this.total);
  }

  private async one(job: PrepareJob): Promise<void> {
    const { out, signal, scrub = false } = this.options;
    const { path } = job.file;
    const opened = await openNifti(path, signal);
    const image = job.role === 'mask' ? this.prepared.get(imagePath(job.file.id)) : undefined;
    if (job.role === 'mask') checkPartner(opened, job, image);
    const how = howTo(job, image, this.options);
    const task = { job, how, out, scrub, known: this.known.get(job.path) };
    await this.budget.run(heldBytes(opened, path, how), async () => {
      const { entry, kept } = await this.workers.run(task);
      if (kept) this.kept++;
      this.prepared.set(job.path, entry);
      if (!kept) await appendFile(join(out, JOURNAL), `${JSON.stringify(entry)}\n`);
    });
  }
}

const concurrencyOf = ({ concurrency }: PrepareOptions) => concurrency ?? availableParallelism();

const imagePath = (id: string) => `images/${id}.nii`;

/**
 * Prepares a folder of volumes for training: every volume through `preprocessVolume`, labels onto the grid of their
 * prepared image, written as uncompressed little-endian NIfTI-2 files (so that patches can be read without the rest)
 * below `out/images` and `out/labels`, with `out/manifest.jsonl` that names hash, source, grid and original grid of
 * each. A second run keeps what is there and right, and makes what is missing, damaged, changed or was made with other
 * options; a killed one goes on where it stopped.
 *
 * @throws DecodeError, DatasetError of the first broken volume (`onError: 'fail'`); StorageError where it cannot write
 */
export async function prepareVolumes(
  images: readonly VolumeFile[],
  options: PrepareOptions,
): Promise<PrepareResult> {
  const { out, labels = [], signal } = options;
  checkPreprocess(options.preprocess);
  const imageJobs = images.map((file): PrepareJob => ({ file, role: 'intensity', path: imagePath(file.id) }));
  const labelJobs = labels.map((file): PrepareJob => ({ file, role: 'mask', path: `labels/${file.id}.nii` }));
  const lock = await lockFolder(out, { signal });
  const workers = new PrepareWorkers(concurrencyOf(options), signal);
  try {
    const folders = new Set([...imageJobs, ...labelJobs].map(({ path }) => dirname(join(out, path))));
    for (const folder of [out, ...folders]) await sweepTemporary(folder); // what a killed run left
    const manifest = join(out, 'manifest.jsonl');
    const known = new Map([...(await readPrepared(manifest)), ...(await readPrepared(join(out, JOURNAL)))]);
    const run = new Run(options, known, images.length + labels.length, workers);
    await run.all(imageJobs);
    await run.all(labelJobs);
    const prepared = [...run.prepared.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    await lock.assertHeld();
    await writeFileAtomic(manifest, prepared.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    await rm(join(out, JOURNAL), { force: true });
    return { manifest, prepared, failed: run.failed, kept: run.kept };
  } finally {
    await workers.close();
    await lock.release();
  }
}
