import { join } from 'node:path';
import { axisCodes, isInvertible, spacingOf } from '../../core/affine.js';
import { DatasetError } from '../../core/errors.js';
import { canonicalJson } from '../../core/hash.js';
import { emptyLike, type RasterData } from '../../core/sample.js';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { sha256, sha256File } from '../../io/files/hash.js';
import { gridOf } from '../../transforms/volume/volume.js';
import type { VolumeFile } from './list.js';
import { type OpenedNifti, openNifti } from './open.js';
import { isPrepared, type PreparedEntry } from './prepared.js';
import { type PreprocessOptions, preprocessVolume } from './preprocess.js';
import { encodeNifti } from './write.js';

/** A volume to prepare. */
export interface PrepareJob {
  readonly file: VolumeFile;
  readonly role: 'intensity' | 'mask';
  /** Where it goes, below the output folder. */
  readonly path: string;
}

/** Everything that preparing one volume needs, as data that can cross to another thread. */
export interface PrepareTask {
  readonly job: PrepareJob;
  readonly how: Omit<PreprocessOptions, 'signal'>;
  readonly out: string;
  readonly scrub: boolean;
  /** What an earlier run made of it. */
  readonly known?: PreparedEntry | undefined;
}

/** The entry of a prepared volume, and whether it was there already. */
export interface PrepareOutcome {
  readonly entry: PreparedEntry;
  readonly kept: boolean;
}

/** Hash of everything a volume is read from: both files of a pair. */
async function sourceHash(opened: OpenedNifti, path: string, signal?: AbortSignal): Promise<string> {
  const paths = [...new Set([path, opened.voxels.path])];
  const hashes = await Promise.all(paths.map((part) => sha256File(part, signal)));
  return hashes.length === 1 ? hashes[0]!.sha256 : sha256(hashes.map((part) => part.sha256).join());
}

/** Channels that lie side by side, one after the other as NIfTI keeps its fourth dimension. */
function planes(data: RasterData, channels: number): RasterData {
  if (channels === 1) return data;
  const voxels = data.length / channels;
  const out = emptyLike(data, data.length);
  for (let channel = 0; channel < channels; channel++)
    for (let at = 0; at < voxels; at++) out[channel * voxels + at] = data[at * channels + channel]!;
  return out;
}

async function makeOne(
  { job, how, out, scrub }: PrepareTask,
  facts: Pick<PreparedEntry, 'source' | 'recipe'>,
  signal: AbortSignal | undefined,
): Promise<PreparedEntry> {
  const prepared = await preprocessVolume(job.file.path, {
    ...how,
    ...(signal === undefined ? {} : { signal }),
  });
  const { raster, affine, header, extensions, original } = prepared;
  if (!isInvertible(affine)) {
    throw new DatasetError(
      'E_BAD_HEADER',
      `Expected an affine that can be inverted in ${job.file.path}; repair its sform or qform.`,
    );
  }
  const { size } = gridOf(prepared);
  const components = raster.shape[3]!;
  if (components > 1 && how.fourth !== 'channels') {
    throw new DatasetError(
      'E_UNSUPPORTED',
      `Expected one value per voxel in ${job.file.path} but it has ${components}; --channels (fourth: 'channels') keeps them.`,
    );
  }
  const shape = components > 1 ? [...size, components] : size;
  const image = { data: planes(raster.data, components), shape, affine, header, extensions };
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

/** Prepares one volume and writes it, unless what is known of it holds: same source, same options, whole file. */
export async function prepareOne(task: PrepareTask, signal?: AbortSignal): Promise<PrepareOutcome> {
  const { job, how, out, scrub, known } = task;
  const { path } = job.file;
  const opened = await openNifti(path, signal);
  const facts = {
    source: { path, sha256: await sourceHash(opened, path, signal) },
    recipe: sha256(canonicalJson({ how, scrub })),
  };
  if (known !== undefined && (await isPrepared(known, out, facts.source.sha256, facts.recipe)))
    return { entry: known, kept: true };
  return { entry: await makeOne(task, facts, signal), kept: false };
}
