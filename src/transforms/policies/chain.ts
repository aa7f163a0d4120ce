import type { Raster } from '../../core/sample.js';
import { interpolation, type Warping } from '../geometry/warp.js';
import { fill, maskFill } from '../schemas.js';
import { applyOp, type Op } from './ops.js';

/** Options that every policy shares: how its geometric operations fill and interpolate, nearest unless told. */
export const policyOptions = {
  interpolation: interpolation.default('nearest'),
  fill: fill.default(0),
  maskFill: maskFill.default(0),
};

/** A drawn chain of operations. */
export interface Chain extends Warping {
  readonly ops: readonly Op[];
}

/** Carries out a chain in order. */
export function applyChain(raster: Raster, { ops, ...warping }: Chain): Raster {
  return ops.reduce((current, op) => applyOp(current, op, warping), raster);
}
