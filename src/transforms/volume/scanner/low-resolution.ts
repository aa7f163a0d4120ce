import { z } from 'zod';
import { gather } from '../../../core/kernel.js';
import { roundHalfEven } from '../../../core/rounding.js';
import { axisIndex, type Raster } from '../../../core/sample.js';
import { defineTransform } from '../../../core/transform.js';
import { probability, rangeIn } from '../../schemas.js';
import { boxesOf, firstRaster, SPACE } from '../space.js';
import { resized } from '../spatial/resize-to.js';
import type { Triple } from '../volume.js';

const options = z.strictObject({
  zoom: rangeIn(0.01, 1).default([0.5, 1]).describe('Shares of the resolution to draw from: [low, high].'),
  axes: z
    .array(z.enum(['x', 'y', 'z']))
    .min(1)
    .default(['x', 'y', 'z'])
    .describe('Axes that lose resolution; one of them alone with `anisotropic`.'),
  anisotropic: z
    .boolean()
    .default(false)
    .describe('One axis at random, as of thick slices, rather than all.'),
  interpolation: z.enum(['linear', 'cubic']).default('linear').describe('How values come back in between.'),
  p: probability.default(0.25),
});

interface Params {
  /** Elements along x, y, z in between. */
  readonly size: Triple;
  readonly interpolation: 'linear' | 'cubic';
}

/** Elements left out by `floor(i * extent / size)`, as torch's nearest. */
function thinned(raster: Raster, size: Triple): Raster {
  return boxesOf(raster).axes.reduce((current, axis) => {
    const extent = current.shape[axisIndex(current, axis)]!;
    const length = size[SPACE.indexOf(axis)]!;
    return gather(
      current,
      axis,
      Int32Array.from({ length }, (_, i) => Math.floor((i * extent) / length)),
    );
  }, raster);
}

/**
 * Loses resolution and gets its size back: elements are left out and interpolated again. As nnU-Net's and MONAI's
 * RandSimulateLowResolution, and with `anisotropic` TorchIO's RandomAnisotropy.
 */
export const lowResolution = defineTransform({
  name: 'lowResolution',
  on: 'intensity',
  options,
  params(sample, rng, { zoom, axes, anisotropic, interpolation, p }): Params | null {
    if (!rng.chance(p)) return null;
    const boxes = boxesOf(firstRaster(sample.rasters));
    const there = axes.filter((axis) => boxes.axes.includes(axis));
    if (there.length === 0) return null;
    const share = rng.uniform(...zoom);
    const coarse = anisotropic ? [rng.pick(there)] : there;
    const size = boxes.size.map((extent, i) =>
      coarse.includes(SPACE[i]!) ? Math.max(1, roundHalfEven(extent * share)) : extent,
    );
    return { size: size as unknown as Triple, interpolation };
  },
  apply(raster, { size, interpolation }) {
    const { size: full } = boxesOf(raster);
    return {
      ...resized(thinned(raster, size), full, interpolation),
      ...(raster.spacing && { spacing: raster.spacing }),
    };
  },
});
