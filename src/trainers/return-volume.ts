import type { Affine } from '../core/affine.js';
import { channels, type Raster } from '../core/sample.js';
import type { NiftiExtension, NiftiHeader } from '../datasets/nifti/header.js';
import { writeNifti } from '../datasets/nifti/write.js';
import { regridAsync } from '../transforms/volume/regrid.js';
import { type Grid, gridOf, type Volume, volume } from '../transforms/volume/volume.js';

/** Class of the largest value of each voxel: bytes, or int16 above 256 classes. */
export function largestClass(scores: Raster): Raster {
  const depth = channels(scores);
  const count = scores.data.length / depth;
  const data = depth > 256 ? new Int16Array(count) : new Uint8Array(count);
  for (let voxel = 0, at = 0; voxel < count; voxel++, at += depth) {
    let best = 0;
    for (let c = 1; c < depth; c++) if (scores.data[at + c]! > scores.data[at + best]!) best = c;
    data[voxel] = best;
  }
  return { ...scores, role: 'mask', shape: [...scores.shape.slice(0, -1), 1], data };
}

/** Scores less that of class 0, so that the zeros around what was predicted mean class 0. */
export function lessBackground(scores: Raster): Raster {
  const depth = channels(scores);
  const data = Float32Array.from(scores.data);
  for (let at = 0; at < data.length; at += depth) {
    const zero = data[at]!;
    for (let c = 0; c < depth; c++) data[at + c]! -= zero;
  }
  return { ...scores, data };
}

/**
 * Class ids on the grid of a file from scores on a prepared one: scores are brought there linearly, so that borders
 * between classes stay smooth, then the largest is taken.
 *
 * @param scores from {@link lessBackground}; @param affine of their voxels; @param original grid of the file
 */
export async function returnClasses(
  scores: Raster,
  affine: Affine,
  original: Grid,
  signal?: AbortSignal,
): Promise<Volume> {
  const home = await regridAsync(volume(scores, affine), original, { outside: 'fill', signal });
  return volume(largestClass(home.raster), original.affine);
}

/** Writes class ids as NIfTI, with what the header of the source says of its grid. */
export async function writeClasses(
  path: string,
  mask: Volume,
  source: { readonly header: NiftiHeader; readonly extensions: readonly NiftiExtension[] },
  options: { readonly scrub?: boolean; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const header = { ...source.header, slope: 1, inter: 0, calMin: 0, calMax: 0 };
  const { data } = mask.raster;
  const { size: shape, affine } = gridOf(mask);
  await writeNifti(path, { data, shape, affine, header, extensions: source.extensions }, options);
}
