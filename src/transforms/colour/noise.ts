import { z } from 'zod';
import { defineTransform } from '../../core/transform.js';
import { drawSeed, fromSeed, normals, type Seed } from '../fields.js';
import { clamp01, white, withData } from '../pixels.js';
import { probability, rangeIn } from '../schemas.js';

const options = z.strictObject({
  mean: z.number().min(-1).max(1).default(0).describe('Mean of the noise, as a share of white.'),
  sigma: rangeIn(0, 10)
    .default([0.1, 0.1])
    .describe('Deviations to draw from, as shares of white: [low, high].'),
  p: probability.default(0.5),
});

/** Adds independent normal noise to every value of every frame, as torchvision's GaussianNoise, and clamps. */
export const gaussianNoise = defineTransform({
  name: 'gaussianNoise',
  on: 'intensity',
  options,
  params(_sample, rng, { mean, sigma, p }): { mean: number; sigma: number; seed: Seed } | null {
    return rng.chance(p) ? { mean, sigma: rng.uniform(...sigma), seed: drawSeed(rng) } : null;
  },
  apply(raster, { mean, sigma, seed }) {
    const { data } = raster;
    const full = white(data);
    const noise = normals(fromSeed(seed), data.length, mean * full, sigma * full);
    if (data instanceof Uint8Array) {
      const sums = new Uint8ClampedArray(data.length);
      for (let i = 0; i < data.length; i++) sums[i] = data[i]! + noise[i]!; // rounds
      return withData(raster, new Uint8Array(sums.buffer));
    }
    return withData(
      raster,
      data.map((value, index) => clamp01(value + noise[index]!)),
    );
  },
});
