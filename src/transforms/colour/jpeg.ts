import { z } from 'zod';
import { defineTransform } from '../../core/transform.js';
import { throughJpeg } from '../jpeg-codec.js';
import { planes, white, withData } from '../pixels.js';
import { probability } from '../schemas.js';

const quality = z.int().min(1).max(100);

const options = z.strictObject({
  quality: z
    .tuple([quality, quality])
    .refine(([low, high]) => low <= high, { error: 'Expected [low, high] with low <= high' })
    .default([30, 90])
    .describe('Qualities from 1 (worst) to 100 to draw from: [low, high].'),
  p: probability.default(0.5),
});

/** Compresses every frame as a JPEG and reads it back, as torchvision's JPEG. Floats go through bytes. */
export const jpeg = defineTransform({
  name: 'jpeg',
  on: 'intensity',
  options,
  params(_sample, rng, { quality: [low, high], p }): { quality: number } | null {
    return rng.chance(p) ? { quality: low + rng.integer(high - low + 1) } : null;
  },
  async apply(raster, { quality }) {
    const { data } = raster;
    const full = white(data);
    if (data instanceof Uint8Array) return withData(raster, await throughJpeg(data, planes(raster), quality));
    const bytes = Uint8ClampedArray.from(data, (value) => value * 255);
    const coded = await throughJpeg(new Uint8Array(bytes.buffer), planes(raster), quality);
    return withData(
      raster,
      Float32Array.from(coded, (value) => (value / 255) * full),
    );
  },
});
