import { z } from 'zod';
import type { Raster } from '../../core/sample.js';
import { defineTransform } from '../../core/transform.js';
import { drawSeed, fromSeed, type Seed } from '../fields.js';
import { clamp01, planes, toByte, white, withData } from '../pixels.js';
import { corruptions } from './list.js';
import type { Severity } from './picture.js';

const SMALLEST = 8;
/** Sums of rounded weights may fall short of a whole number that they stand for. */
const ALMOST = 1e-3;

const options = z.strictObject({
  name: z
    .enum(Object.keys(corruptions) as [CorruptionName, ...CorruptionName[]])
    .default('gaussianNoise')
    .describe('Which corruption.'),
  severity: z
    .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)])
    .default(3)
    .describe('From 1 (mild) to 5 (strong).'),
});

/** Names of the 15 corruptions of ImageNet-C and the 4 extra ones. */
export type CorruptionName = keyof typeof corruptions;

interface Params {
  readonly name: CorruptionName;
  readonly severity: Severity;
  readonly seed: Seed;
}

/**
 * One of the common corruptions (ImageNet-C, arXiv 1903.12261) with the published strengths, for pictures of 8 by 8
 * pixels and more. Frames and slices share layers and fields; noise differs between them.
 */
export const corrupt = defineTransform({
  name: 'corrupt',
  on: 'intensity',
  options,
  params: (_sample, rng, { name, severity }): Params => ({ name, severity, seed: drawSeed(rng) }),
  async apply(raster, { name, severity, seed }): Promise<Raster> {
    const { data } = raster;
    const scale = 255 / white(data);
    const shape = planes(raster);
    const { height, width, channels, count } = shape;
    if (Math.min(height, width) < SMALLEST) {
      throw new RangeError(
        `Expected at least ${SMALLEST} by ${SMALLEST} pixels but received ${height} by ${width}.`,
      );
    }
    const rng = fromSeed(seed);
    const paint = corruptions[name](severity, { height, width }, rng.at('shared'));
    const length = height * width * channels;
    const out = data.slice();
    for (let plane = 0; plane < count; plane++) {
      const part = new Float32Array(data.subarray(plane * length, (plane + 1) * length));
      if (scale !== 1) for (let i = 0; i < length; i++) part[i]! *= scale;
      const made = (await paint({ height, width, channels, data: part }, rng.at('frame', plane))).data;
      for (let i = 0, to = plane * length; i < length; i++, to++) {
        out[to] = scale === 1 ? toByte(made[i]! + ALMOST) : clamp01(made[i]! / scale);
      }
    }
    return withData(raster, out);
  },
});
