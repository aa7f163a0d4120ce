import type { Raster } from '../../core/sample.js';
import { cropVolume } from './regrid.js';
import type { Triple, Volume } from './volume.js';

/** A box of voxels: first voxel and extent along x, y, z. */
export interface Box {
  readonly start: Triple;
  readonly size: Triple;
}

/**
 * The smallest box around voxels above `threshold` in any channel, grown by `margin` and held inside the volume;
 * undefined where there is no such voxel.
 */
export function foregroundBox(raster: Raster, threshold = 0, margin = 0): Box | undefined {
  const [nz, ny, nx, channels] = raster.shape as readonly [number, number, number, number];
  const row = nx * channels;
  const low = [nx, ny, nz];
  const high = [-1, -1, -1];
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const base = (z * ny + y) * row;
      let first = 0;
      while (first < row && !(raster.data[base + first]! > threshold)) first++;
      if (first === row) continue;
      let last = row - 1;
      while (!(raster.data[base + last]! > threshold)) last--;
      low[0] = Math.min(low[0]!, Math.floor(first / channels));
      high[0] = Math.max(high[0]!, Math.floor(last / channels));
      low[1] = Math.min(low[1]!, y);
      high[1] = Math.max(high[1]!, y);
      low[2] = Math.min(low[2]!, z);
      high[2] = z;
    }
  }
  if (high[0]! < 0) return undefined;
  const start = low.map((value) => Math.max(value - margin, 0));
  const size = [nx, ny, nz].map(
    (extent, axis) => Math.min(high[axis]! + margin, extent - 1) - start[axis]! + 1,
  );
  return { start: start as unknown as Triple, size: size as unknown as Triple };
}

/** Cut to the foreground (MONAI's CropForeground); a volume without any is returned whole. */
export function cropForeground(source: Volume, threshold = 0, margin = 0): Volume {
  const box = foregroundBox(source.raster, threshold, margin);
  return box === undefined ? source : cropVolume(source, box.start, box.size);
}
