import { z } from 'zod';
import { emptyLike, type Raster } from '../../core/sample.js';
import { defineTransform } from '../../core/transform.js';
import { convolvePlanes, gaussian } from '../convolve.js';
import { planes, withData } from '../pixels.js';
import { probability, rangeIn } from '../schemas.js';

const options = z.strictObject({
  kernel: z
    .int()
    .min(1)
    .max(999)
    .refine((width) => width % 2 === 1, { error: 'Expected an odd width' })
    .optional()
    .describe('Width of the kernel in pixels, odd; three deviations to either side unless told.'),
  sigma: rangeIn(0.01, 100).default([0.1, 2]).describe('Deviations in pixels to draw from: [low, high].'),
  p: probability.default(0.5),
});

/** Blurs rows and columns by a Gaussian of random width, edges mirrored, as torchvision's GaussianBlur. */
export const gaussianBlur = defineTransform({
  name: 'gaussianBlur',
  on: 'intensity',
  options,
  params(_sample, rng, { kernel, sigma, p }): { sigma: number; radius: number } | null {
    if (!rng.chance(p)) return null;
    const drawn = rng.uniform(...sigma);
    return { sigma: drawn, radius: kernel === undefined ? Math.ceil(3 * drawn) : kernel >> 1 };
  },
  apply: (raster, { sigma, radius }) => blurred(raster, sigma, radius),
});

/** Any element type; whole numbers are rounded. */
function blurred(raster: Raster, sigma: number, radius: number): Raster {
  const kernel = gaussian(sigma, radius);
  const values = convolvePlanes(
    new Float32Array(raster.data),
    planes(raster),
    { y: kernel, x: kernel },
    'mirror',
  );
  if (raster.data instanceof Float32Array) return withData(raster, values);
  const data = emptyLike(raster.data, values.length);
  for (let i = 0; i < values.length; i++) data[i] = Math.round(values[i]!);
  return withData(raster, data);
}
