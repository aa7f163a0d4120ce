import { DatasetError } from '../../core/errors.js';
import { channels, emptyLike, extents, type Raster } from '../../core/sample.js';
import { gridOf } from '../../transforms/volume/volume.js';
import { gridDifference } from '../nifti/inspect.js';
import { type PreparedVolume, preprocessVolume } from '../nifti/preprocess.js';
import type { VolumeEntry } from './entries.js';
import type { PreprocessData } from './schemas.js';

/** Volumes of one grid side by side as the channels of one. */
function joinChannels(parts: readonly PreparedVolume[], id: string): Raster {
  const [first, ...rest] = parts;
  const { raster } = first!;
  const kind = raster.data.constructor;
  for (const part of rest) {
    const same = `${extents(part.raster)}` === `${extents(raster)}` && part.raster.data.constructor === kind;
    if (!same)
      throw new DatasetError(
        'E_GEOMETRY',
        `Expected channels of one size and type in ${id} but they differ.`,
      );
  }
  const depths = parts.map((part) => channels(part.raster));
  const total = depths.reduce((sum, depth) => sum + depth, 0);
  const voxels = raster.data.length / depths[0]!;
  const data = emptyLike(raster.data, voxels * total);
  let offset = 0;
  for (const [place, part] of parts.entries()) {
    const depth = depths[place]!;
    for (let voxel = 0; voxel < voxels; voxel++)
      for (let c = 0; c < depth; c++) data[voxel * total + offset + c] = part.raster.data[voxel * depth + c]!;
    offset += depth;
  }
  return { ...raster, shape: [...extents(raster), total], data };
}

/** Files of one set may store different types; samples of one batch may not. */
function asFloats(raster: Raster): Raster {
  return raster.data instanceof Float32Array ? raster : { ...raster, data: Float32Array.from(raster.data) };
}

/** The first image of a scan; a fourth dimension holds channels, as in the sets of the Decathlon with several sequences. */
export function firstVolume(
  { images }: VolumeEntry,
  preprocess: PreprocessData,
  signal?: AbortSignal,
): Promise<PreparedVolume> {
  return preprocessVolume(images[0]!, { ...preprocess, fourth: 'channels', ...(signal && { signal }) });
}

/**
 * Reads a scan: `image` as float32, and `mask` and `weights` where it has them, all on the grid that `preprocess` makes of the
 * first image's.
 *
 * @throws DatasetError E_GEOMETRY where the files do not share a grid; what `preprocessVolume` throws
 */
export async function readScan(
  entry: VolumeEntry,
  preprocess: PreprocessData = {},
  signal?: AbortSignal,
): Promise<Readonly<Record<string, Raster>>> {
  const stop = signal && { signal };
  const first = await firstVolume(entry, preprocess, signal);
  const onto = gridOf(first);
  const check = (path: string, { original }: PreparedVolume) => {
    const mine = { dims: original.size, affine: original.affine };
    const difference = gridDifference({ dims: first.original.size, affine: first.original.affine }, mine);
    if (difference === undefined) return;
    throw new DatasetError(
      'E_GEOMETRY',
      `Expected ${path} on the grid of ${entry.images[0]} but found ${difference}.`,
    );
  };
  const more: PreparedVolume[] = [];
  const { orientation: _o, spacing: _s, foreground: _f, ...values } = preprocess;
  for (const path of entry.images.slice(1)) {
    const part = await preprocessVolume(path, { ...values, onto, fourth: 'channels', ...stop });
    check(path, part);
    more.push(part);
  }
  const image = more.length === 0 ? first.raster : joinChannels([first, ...more], entry.id);
  const rasters: Record<string, Raster> = { image: asFloats(image) };
  if (entry.label !== undefined) {
    const label = await preprocessVolume(entry.label, { role: 'mask', onto, ...stop });
    check(entry.label, label);
    rasters.mask = label.raster;
  }
  if (entry.weights !== undefined) {
    const weights = await preprocessVolume(entry.weights, { onto, ...stop });
    check(entry.weights, weights);
    rasters.weights = asFloats(weights.raster);
  }
  return rasters;
}
