import type { Affine } from '../../core/affine.js';
import type { Raster } from '../../core/sample.js';
import type { Grid } from '../../transforms/volume/volume.js';
import type { NiftiExtension, NiftiHeader } from '../nifti/header.js';
import { preprocessVolume } from '../nifti/preprocess.js';
import type { VolumeEntry } from './entries.js';
import { firstVolume } from './scan.js';
import type { PreprocessData } from './schemas.js';

/** Where a sample of a scan lies, and what of the files a prediction for it needs to be written beside them. */
export interface ScanGeometry {
  readonly id: string;
  /** Voxel of the sample, as it was read, to world millimetres. */
  readonly affine: Affine;
  /** The grid of the files. */
  readonly original: Grid;
  readonly header: NiftiHeader;
  readonly extensions: readonly NiftiExtension[];
  /** True class ids on the grid of the files, where the scan has a label. */
  readonly label?: Raster;
}

/** Reads the geometry and the label of a scan that `preprocess` is done to. Throws what `preprocessVolume` throws. */
export async function scanGeometry(
  entry: VolumeEntry,
  preprocess: PreprocessData = {},
  signal?: AbortSignal,
): Promise<ScanGeometry> {
  const stop = signal && { signal };
  const { orientation, spacing, foreground } = preprocess;
  const { affine, original, header, extensions } = await firstVolume(
    entry,
    {
      ...(orientation !== undefined && { orientation }),
      ...(spacing !== undefined && { spacing }),
      ...(foreground !== undefined && { foreground }),
    },
    signal,
  );
  const place = { id: entry.id, affine, original, header, extensions };
  if (entry.label === undefined) return place;
  const label = await preprocessVolume(entry.label, { role: 'mask', ...stop });
  return { ...place, label: label.raster };
}
