import { UsageError } from '../../core/errors.js';
import type { Raster } from '../../core/sample.js';
import { type InPlace, windowIntensity } from './intensity.js';
import { ranksOf } from './ranks.js';

/**
 * Percentiles (0 to 100) of the finite values of all channels, linear between neighbours as numpy's default.
 *
 * @param nonzero leave zeros out: background of scans
 * @throws UsageError for a percentile outside 0..100 or where no value is left
 */
export function percentiles(raster: Raster, wanted: readonly number[], nonzero = false): number[] {
  const ranks = ranksOf(raster.data, nonzero);
  if (ranks.count === 0) {
    throw new UsageError('Expected finite intensities to take percentiles of but there are none.');
  }
  return wanted.map((percent) => {
    if (!(percent >= 0 && percent <= 100)) {
      throw new UsageError(`Expected a percentile from 0 to 100 but received ${percent}.`);
    }
    const at = ((ranks.count - 1) * percent) / 100;
    const low = Math.floor(at);
    const value = ranks.at(low);
    return at === low ? value : value + (ranks.at(low + 1) - value) * (at - low);
  });
}

/** Maps the range between two percentiles linearly to 0..1, held inside (MONAI's ScaleIntensityRangePercentiles). */
export function windowPercentiles(
  raster: Raster,
  low: number,
  high: number,
  { nonzero = false, inPlace = false }: InPlace & { readonly nonzero?: boolean } = {},
): Raster {
  if (raster.role === 'mask') return raster;
  if (!(low < high)) throw new UsageError(`Expected percentiles that rise but received ${low} to ${high}.`);
  const [from, to] = percentiles(raster, [low, high], nonzero) as [number, number];
  return windowIntensity(raster, { from: [from, to > from ? to : from + 1] }, { inPlace });
}
