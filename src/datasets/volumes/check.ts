import pLimit from 'p-limit';
import { DatasetError } from '../../core/errors.js';
import { affineOf } from '../nifti/geometry.js';
import { gridDifference } from '../nifti/inspect.js';
import { openNifti } from '../nifti/open.js';
import type { VolumeEntry } from './entries.js';

const AT_ONCE = 8;
const MOST_NAMED = 3;

/** How NIfTI files differ in their grids, by their headers, or undefined where all share one. Throws DecodeError. */
export async function differenceOfGrids(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  const grids = await Promise.all(
    paths.map(async (path) => {
      const { header } = await openNifti(path, signal);
      return { path, dims: header.dims, affine: affineOf(header, path) };
    }),
  );
  const [first, ...rest] = grids;
  for (const grid of rest) {
    const difference = gridDifference(first!, grid);
    if (difference !== undefined) return `${first!.path} and ${grid.path} differ: ${difference}`;
  }
  return undefined;
}

/**
 * Makes sure that the files of every scan lie on one grid, by their headers.
 *
 * @throws DatasetError E_GEOMETRY that names those that do not; DecodeError for a header that cannot be read
 */
export async function checkGeometry(entries: readonly VolumeEntry[], signal?: AbortSignal): Promise<void> {
  const limit = pLimit(AT_ONCE);
  const found = await Promise.all(
    entries.map((entry) =>
      limit(() => {
        signal?.throwIfAborted();
        const { images, label, weights } = entry;
        return differenceOfGrids(
          [...images, ...[label, weights].filter((path) => path !== undefined)],
          signal,
        );
      }),
    ),
  );
  const different = found.filter((one) => one !== undefined);
  if (different.length === 0) return;
  const named = different.slice(0, MOST_NAMED).join('; ');
  const more = different.length > MOST_NAMED ? `; and ${different.length - MOST_NAMED} more` : '';
  throw new DatasetError(
    'E_GEOMETRY',
    `Expected images and labels on one grid but ${different.length} of ${entries.length} scans are not: ${named}${more}.`,
  );
}
