import { z } from 'zod';
import { defineTransform } from '../../core/transform.js';
import { white, withData } from '../pixels.js';
import { probability } from '../schemas.js';
import { isColour, luma } from './luma.js';

const options = z.strictObject({ p: probability.default(0.1) });

/** Takes the colour out and keeps three equal channels, with probability `p`; as torchvision's RandomGrayscale. */
export const grey = defineTransform({
  name: 'grey',
  on: 'intensity',
  options,
  params: (_sample, rng, { p }) => (rng.chance(p) ? {} : null),
  apply(raster) {
    white(raster.data);
    if (!isColour(raster)) return raster;
    const values = luma(raster);
    const data = raster.data.slice();
    for (let i = 0; i < data.length; i++) data[i] = values[Math.floor(i / 3)]!;
    return withData(raster, data);
  },
});
