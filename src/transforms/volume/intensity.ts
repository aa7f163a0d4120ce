import { UsageError } from '../../core/errors.js';
import type { Raster, RasterData } from '../../core/sample.js';
import type { Line } from './line.js';

/** Where a transform may put its result: a new array, or the raster's own float32 array. */
export interface InPlace {
  /** Overwrite the raster's values where they are float32 already; saves memory. Default false. */
  readonly inPlace?: boolean;
}

/** `(value - subtract) * gain + add` for each channel's line, as float32; masks are returned as they are. */
function mapLines(
  raster: Raster,
  lines: readonly Pick<Line, 'subtract' | 'gain' | 'add'>[],
  skipZero: boolean,
  inPlace = false,
): Raster {
  if (raster.role === 'mask') return raster;
  const { data } = raster;
  const out = inPlace && data instanceof Float32Array ? data : new Float32Array(data.length);
  const step = lines.length;
  for (const [start, { subtract, gain, add }] of lines.entries()) {
    if (skipZero) {
      for (let i = start; i < out.length; i += step) {
        const value = data[i]!;
        out[i] = value === 0 ? 0 : (value - subtract) * gain + add;
      }
    } else for (let i = start; i < out.length; i += step) out[i] = (data[i]! - subtract) * gain + add;
  }
  return { ...raster, data: out };
}

export interface IntensityWindow {
  /** Intensities that become `to`; for CT in Hounsfield units. */
  readonly from: readonly [number, number];
  /** Default [0, 1]. */
  readonly to?: readonly [number, number];
  /** Hold values inside `to`. Default true. */
  readonly clip?: boolean;
}

/** The line of a window; throws UsageError for one that does not rise. */
export function windowLine({ from, to = [0, 1], clip = true }: IntensityWindow): Line {
  const width = from[1] - from[0];
  if (!(width > 0)) {
    throw new UsageError(`Expected a window that rises but received ${from[0]} to ${from[1]}.`);
  }
  const [low, high] = clip
    ? [Math.min(...to), Math.max(...to)]
    : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return { subtract: from[0], gain: (to[1] - to[0]) / width, add: to[0], low, high };
}

/** Every value on its line, as float32; masks are returned as they are. NaN stays NaN. */
export function applyLine(raster: Raster, line: Line, { inPlace }: InPlace = {}): Raster {
  const result = mapLines(raster, [line], false, inPlace);
  if (result.role === 'intensity' && Number.isFinite(line.high)) hold(result.data, line.low, line.high);
  return result;
}

/** Maps an intensity range linearly to another (MONAI's ScaleIntensityRange). */
export function windowIntensity(raster: Raster, window: IntensityWindow, options: InPlace = {}): Raster {
  return applyLine(raster, windowLine(window), options);
}

/** Holds values between two bounds, in place. */
function hold(data: RasterData, low: number, high: number): void {
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value < low) data[i] = low;
    else if (value > high) data[i] = high;
  }
}

/** Smallest and largest finite value of each channel; `[0, 0]` where a channel has none. */
export function intensityRange(raster: Raster): readonly (readonly [number, number])[] {
  const channels = raster.shape[raster.shape.length - 1]!;
  return Array.from({ length: channels }, (_, channel) => {
    const range = rangeOf(raster.data, channel, channels);
    if (range.every(Number.isFinite)) return range;
    const finite = raster.data.filter((value, at) => at % channels === channel && Number.isFinite(value));
    return finite.length === 0 ? [0, 0] : rangeOf(finite, 0, 1);
  });
}

function rangeOf(data: RasterData, start: number, step: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = start; i < data.length; i += step) {
    const value = data[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Scales each channel from its own smallest and largest value to 0..1; a constant channel becomes 0. */
export function scaleToUnit(raster: Raster, { inPlace }: InPlace = {}): Raster {
  if (raster.role === 'mask') return raster;
  const lines = intensityRange(raster).map(([low, high]) => ({
    subtract: low,
    gain: 1 / (high - low || 1),
    add: 0,
  }));
  return mapLines(raster, lines, false, inPlace);
}

export interface ZScoreOptions {
  /** Take mean and deviation over values that are not 0, and leave zeros as they are. Default false. */
  readonly nonzero?: boolean;
  /** Each channel by itself rather than all together. Default true. */
  readonly perChannel?: boolean;
}

/**
 * Mean 0 and (population) deviation 1, as MONAI's NormalizeIntensity; a deviation of 0 divides by 1.
 *
 * @throws UsageError where values are not finite: they would spread to every voxel
 */
export function zScore(raster: Raster, options: ZScoreOptions & InPlace = {}): Raster {
  const { nonzero = false, perChannel = true } = options;
  if (raster.role === 'mask') return raster;
  const groups = perChannel ? raster.shape[raster.shape.length - 1]! : 1;
  const lines = Array.from({ length: groups }, (_, group) => {
    const { mean, deviation } = meanAndDeviation(raster.data, group, groups, nonzero);
    return { subtract: mean, gain: 1 / deviation, add: 0 };
  });
  return mapLines(raster, lines, nonzero, options.inPlace);
}

function meanAndDeviation(data: ArrayLike<number>, start: number, step: number, nonzero: boolean) {
  let [count, sum] = [0, 0];
  for (let i = start; i < data.length; i += step) {
    const value = data[i]!;
    if (nonzero && value === 0) continue;
    sum += value;
    count++;
  }
  if (!Number.isFinite(sum)) {
    throw new UsageError(
      'Expected finite intensities to normalise but some are NaN or infinite; replace them first.',
    );
  }
  const mean = count === 0 ? 0 : sum / count;
  let squares = 0;
  for (let i = start; i < data.length; i += step) {
    const value = data[i]!;
    if (!(nonzero && value === 0)) squares += (value - mean) ** 2;
  }
  return { mean, deviation: Math.sqrt(count === 0 ? 0 : squares / count) || 1 };
}
