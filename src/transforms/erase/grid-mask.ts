import { z } from 'zod';
import { extent } from '../../core/sample.js';
import { defineTransform } from '../../core/transform.js';
import { drawSeed, type Seed } from '../fields.js';
import { frame } from '../random-resized-crop.js';
import { probability, rangeIn } from '../schemas.js';
import { type Box, type Paint, paint, paintBoxes } from './paint.js';

const options = z.strictObject({
  unit: rangeIn(0.01, 1)
    .default([0.2, 0.5])
    .describe('Lengths of one period of the grid to draw from, as shares of the shorter side.'),
  ratio: z.number().gt(0).lt(1).default(0.5).describe('Side of an erased square as a share of the period.'),
  value: paint,
  p: probability.default(1),
});

/** The grid in pixels: the first square starts at (-top, -left). */
interface Params {
  readonly period: number;
  readonly side: number;
  readonly top: number;
  readonly left: number;
  readonly value: Paint;
  readonly seed: Seed;
}

/**
 * Paints over a regular grid of squares of random period and offset (GridMask, arXiv 2001.04086, without rotation);
 * masks keep their classes.
 */
export const gridMask = defineTransform({
  name: 'gridMask',
  on: 'intensity',
  options,
  params(sample, rng, { unit, ratio, value, p }): Params | null {
    if (!rng.chance(p)) return null;
    const period = Math.max(2, Math.round(rng.uniform(...unit) * Math.min(...frame(sample))));
    const side = Math.min(period - 1, Math.max(1, Math.round(period * ratio)));
    return { period, side, top: rng.integer(period), left: rng.integer(period), value, seed: drawSeed(rng) };
  },
  apply(raster, { period, side, top, left, value, seed }) {
    const rows = stripes(extent(raster, 'y'), period, side, top);
    const columns = stripes(extent(raster, 'x'), period, side, left);
    const boxes = rows.flatMap(([top, bottom]) =>
      columns.map(([left, right]): Box => ({ top, bottom, left, right })),
    );
    return paintBoxes(raster, boxes, value, seed);
  },
});

/** [start, end) of each erased stretch of an axis. */
function stripes(extent: number, period: number, side: number, offset: number): [number, number][] {
  const found: [number, number][] = [];
  for (let start = -offset; start < extent; start += period) {
    const stripe: [number, number] = [Math.max(0, start), Math.min(extent, start + side)];
    if (stripe[1] > stripe[0]) found.push(stripe);
  }
  return found;
}
