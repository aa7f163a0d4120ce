import { z } from 'zod';
import { roundHalfEven } from '../../../core/rounding.js';
import { defineTransform } from '../../../core/transform.js';
import { withData } from '../../pixels.js';
import { probability, rangeIn } from '../../schemas.js';
import { asElements, boxesOf, firstRaster, SPACE, type SpaceAxis } from '../space.js';
import { layoutOf } from './axis-layout.js';
import { filterAxis } from './filter-axis.js';

const options = z.strictObject({
  ghosts: z
    .tuple([z.int().min(1), z.int().min(1)])
    .refine(([low, high]) => low <= high, { error: 'Expected [low, high] with low <= high' })
    .default([4, 10])
    .describe('Numbers of ghosts to draw from: [low, high].'),
  intensity: rangeIn(0, 1)
    .default([0.5, 1])
    .describe('How much of each plane of k-space is lost: [low, high].'),
  restore: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .describe(
      'Share of k-space around its middle that stays, so that brightness does; 0 keeps the middle plane.',
    ),
  axes: z
    .array(z.enum(['x', 'y', 'z']))
    .min(1)
    .default(['x', 'y', 'z'])
    .describe('Axes to choose from: the phase-encoding direction.'),
  p: probability.default(0.25),
});

interface Params {
  readonly axis: SpaceAxis;
  readonly ghosts: number;
  readonly intensity: number;
  readonly restore: number;
}

/** What is left of each plane of k-space, lowest frequency first. */
function response(length: number, { ghosts, intensity, restore }: Params): Float64Array {
  const left = new Float64Array(length).fill(1);
  for (let plane = 0; plane < length; plane += ghosts) left[plane] = 1 - intensity;
  const middle = Math.floor(length / 2);
  const half = Math.floor(roundHalfEven(restore * length) / 2);
  if (restore === 0) left[middle] = 1;
  else left.fill(1, middle - half, middle + half);
  return left;
}

/**
 * Ghosts of movement along the phase-encoding direction of MR, as of breath and pulse: weakens every n-th plane of
 * k-space. As TorchIO's RandomGhosting.
 */
export const ghosting = defineTransform({
  name: 'ghosting',
  on: 'intensity',
  options,
  params(sample, rng, { ghosts: [low, high], intensity, restore, axes, p }): Params | null {
    if (!rng.chance(p)) return null;
    const { size } = boxesOf(firstRaster(sample.rasters));
    const long = axes.filter((axis) => size[SPACE.indexOf(axis)]! > 1);
    if (long.length === 0) return null;
    const ghosts = low + rng.integer(high - low + 1);
    return { axis: rng.pick(long), ghosts, intensity: rng.uniform(...intensity), restore };
  },
  apply(raster, params) {
    const layout = layoutOf(boxesOf(raster), params.axis);
    const values = filterAxis(Float32Array.from(raster.data), layout, response(layout.length, params));
    return withData(raster, asElements(values, raster.data));
  },
});
