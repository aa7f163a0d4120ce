import { z } from 'zod';
import { channels, type Raster } from '../../core/sample.js';
import { fromSeed, type Seed, words } from '../fields.js';
import { planes, white, withData } from '../pixels.js';

/** What erased pixels become. */
export const paint = z
  .union([z.number(), z.array(z.number()).min(1).max(64), z.literal('noise'), z.literal('mean')])
  .default(0)
  .describe(
    "What erased pixels become: a value in the picture's own units (or one per channel), uniform noise, or the mean of each channel.",
  );

export type Paint = z.output<typeof paint>;

/** Columns [left, right) of rows [top, bottom), in pixels, inside the picture. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** The raster with boxes painted over in every frame and slice. */
export function paintBoxes(raster: Raster, boxes: readonly Box[], value: Paint, seed: Seed): Raster {
  const { data } = raster;
  const { count, height, width, channels } = planes(raster);
  const out = data.slice();
  const colour = colourOf(raster, value);
  const noise = value === 'noise' ? words(fromSeed(seed), data.length) : undefined;
  const scale = noise === undefined ? 0 : (white(data) === 255 ? 256 : 1) / 0x100000000;
  for (let plane = 0; plane < count; plane++) {
    for (const { top, left, bottom, right } of boxes) {
      for (let y = top; y < bottom; y++) {
        const row = (plane * height + y) * width;
        for (let i = (row + left) * channels; i < (row + right) * channels; i++) {
          out[i] = noise === undefined ? colour[i % channels]! : noise[i]! * scale;
        }
      }
    }
  }
  return withData(raster, out);
}

function colourOf(raster: Raster, value: Paint): readonly number[] {
  const depth = channels(raster);
  if (value === 'noise') return [];
  if (value === 'mean') return means(raster, depth);
  if (typeof value === 'number') return new Array<number>(depth).fill(value);
  if (value.length === depth) return value;
  throw new RangeError(`Expected one value or ${depth} but received ${value.length}.`);
}

function means({ data }: Raster, depth: number): number[] {
  const sums = new Array<number>(depth).fill(0);
  for (let i = 0; i < data.length; i++) sums[i % depth]! += data[i]!;
  const whole = !(data instanceof Float32Array);
  return sums.map((sum) => {
    const mean = (sum / data.length) * depth;
    return whole ? Math.round(mean) : mean;
  });
}
