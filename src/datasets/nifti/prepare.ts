import { appendFile, mkdir, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { axisCodes, spacingOf } from '../../core/affine.js';
import { CuemixError, DatasetError } from '../../core/errors.js';
import { canonicalJson } from '../../core/hash.js';
import { writeFileAtomic } from '../../io/atomic.js';
import { sha256, sha256File } from '../../io/hash.js';
import { lockFolder } from '../../io/lock.js';
import { gridOf } from '../../transforms/volume/volume.js';
import { Budget } from './budget.js';
import { affineOf } from './geometry.js';
import { voxelBytes } from './header.js';
import { gridDifference } from './inspect.js';
import type { VolumeFile } from './list.js';
import { type OpenedNifti, openNifti } from './open.js';
import { isPrepared, type PreparedEntry, readPrepared } from './prepared.js';
import { type PreprocessOptions, preprocessVolume } from './preprocess.js';
import { encodeNifti } from './write.js';

/** Bytes held at once per stored byte of a volume being prepared: stored, resampled in float32, encoded. */
const HELD = 10;
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
  /** Volumes at a time. Default 2. */
  readonly concurrency?: number;
  /** Bytes that may be held at once. Default a quarter of the machine's memory. */
  readonly memory?: number;
  /** Write no free text or extensions of the sources. Default false. */
  readonly scrub?: boolean;
  /** `stop` throws at the first broken file; `skip` lists it and goes on. Default 'stop'. */
  readonly onError?: 'stop' | 'skip';
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

interface Job {
  readonly file: VolumeFile;
  readonly role: 'intensity' | 'mask';
  readonly path: string;
}

/** Hash of everything a volume is read from: both files of a pair. */
async function sourceHash(opened: OpenedNifti, path: string, signal?: AbortSignal): Promise<string> {
  const paths = [...new Set([path, opened.voxels.path])];
  const hashes = await Promise.all(paths.map((part) => sha256File(part, signal)));
  return hashes.length === 1 ? hashes[0]!.sha256 : sha256(hashes.map((part) => part.sha256).join());
}

/** Refuses a label that does not lie on its image's grid, before anything is sampled. */
function checkPartner(opened: OpenedNifti, job: Job, image: PreparedEntry | undefined): void {
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

/** How a job is to be read: an image by the options, a label onto its prepared image. */
function howTo(
  job: Job,
  image: PreparedEntry | undefined,
  { preprocess }: PrepareOptions,
): PreprocessOptions {
  if (job.role === 'intensity' || image === undefined) return { ...preprocess, role: job.role };
  const [x, y, z] = image.shape as readonly [number, number, number, number];
  return { role: 'mask', onto: { size: [x, y, z], affine: image.affine } };
}

async function prepareOne(
  job: Job,
  how: PreprocessOptions,
  facts: Pick<PreparedEntry, 'source' | 'recipe'>,
  options: PrepareOptions,
): Promise<PreparedEntry> {
  const { out, signal, scrub = false } = options;
  const prepared = await preprocessVolume(job.file.path, {
    ...how,
    ...(signal === undefined ? {} : { signal }),
  });
  const { raster, affine, header, extensions, original } = prepared;
  const { size } = gridOf(prepared);
  const components = raster.shape[3]!;
  if (components > 1) {
    throw new DatasetError(
      'E_UNSUPPORTED',
      `Expected one value per voxel in ${job.file.path} but it has ${components}.`,
    );
  }
  const image = { data: raster.data, shape: size, affine, header, extensions };
  const encoded = encodeNifti(image, { version: 2, littleEndian: true, scrub });
  const bytes = Buffer.concat([encoded.header, encoded.voxels]);
  await writeFileAtomic(join(out, job.path), bytes, { signal });
  return {
    id: job.file.id,
    role: job.role,
    path: job.path,
    sha256: sha256(bytes),
    ...facts,
    shape: [...size, components],
    spacing: spacingOf(affine),
    orientation: axisCodes(affine),
    affine,
    original: { size: original.size, affine: original.affine },
  };
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

  constructor(options: PrepareOptions, known: ReadonlyMap<string, PreparedEntry>, total: number) {
    this.options = options;
    this.known = known;
    this.total = total;
    this.budget = new Budget(options.memory ?? totalmem() / 4);
  }

  async all(jobs: readonly Job[]): Promise<void> {
    const limit = pLimit(this.options.concurrency ?? 2);
    const results = await Promise.allSettled(jobs.map((job) => limit(() => this.guarded(job))));
    const broken = results.find((result) => result.status === 'rejected');
    if (broken?.status === 'rejected') throw broken.reason;
  }

  private async guarded(job: Job): Promise<void> {
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

  private async one(job: Job): Promise<void> {
    const { out, signal, scrub = false } = this.options;
    const { path } = job.file;
    const opened = await openNifti(path, signal);
    const image = job.role === 'mask' ? this.prepared.get(imagePath(job.file.id)) : undefined;
    if (job.role === 'mask') checkPartner(opened, job, image);
    const how = howTo(job, image, this.options);
    await this.budget.run(voxelBytes(opened.header) * HELD, async () => {
      const facts = {
        source: { path, sha256: await sourceHash(opened, path, signal) },
        recipe: sha256(canonicalJson({ how, scrub })),
      };
      const made = this.known.get(job.path);
      const whole = await isPrepared(made, out, facts.source.sha256, facts.recipe);
      if (whole) this.kept++;
      const entry = whole ? made! : await prepareOne(job, how, facts, this.options);
      this.prepared.set(job.path, entry);
      if (!whole) await appendFile(join(out, JOURNAL), `${JSON.stringify(entry)}\n`);
    });
  }
}

const imagePath = (id: string) => `images/${id}.nii`;

/**
 * Prepares a folder of volumes for training: every volume through `preprocessVolume`, labels onto the grid of their
 * prepared image, written as uncompressed little-endian NIfTI-2 files (so that patches can be read without the rest)
 * below `out/images` and `out/labels`, with `out/manifest.jsonl` that names hash, source, grid and original grid of
 * each. A second run keeps what is there and right, and makes what is missing, damaged, changed or was made with other
 * options; a killed one goes on where it stopped.
 *
 * @throws DecodeError, DatasetError of the first broken volume (`onError: 'stop'`); StorageError where it cannot write
 */
export async function prepareVolumes(
  images: readonly VolumeFile[],
  options: PrepareOptions,
): Promise<PrepareResult> {
  const { out, labels = [], signal } = options;
  await mkdir(out, { recursive: true });
  const lock = await lockFolder(out, { signal });
  try {
    const manifest = join(out, 'manifest.jsonl');
    const known = new Map([...(await readPrepared(manifest)), ...(await readPrepared(join(out, JOURNAL)))]);
    const run = new Run(options, known, images.length + labels.length);
    await run.all(images.map((file) => ({ file, role: 'intensity', path: imagePath(file.id) })));
    await run.all(labels.map((file) => ({ file, role: 'mask', path: `labels/${file.id}.nii` })));
    const prepared = [...run.prepared.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    await lock.assertHeld();
    await writeFileAtomic(manifest, prepared.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    await rm(join(out, JOURNAL), { force: true });
    return { manifest, prepared, failed: run.failed, kept: run.kept };
  } finally {
    await lock.release();
  }
}
