import { extent, type Raster } from '../../core/sample.js';
import { adjust } from '../colour/adjust.js';
import { autocontrast, equalize } from '../colour/histogram.js';
import { sharpen } from '../colour/sharpen.js';
import { invert, posterize, solarize } from '../colour/tone.js';
import { affineMap, affineMatrix, type Matrix, rotationMatrix } from '../geometry/matrix.js';
import { type Warping, warp } from '../geometry/warp.js';

/** What the policies are made of. */
export type OpName =
  | 'identity'
  | 'shearX'
  | 'shearY'
  | 'translateX'
  | 'translateY'
  | 'rotate'
  | 'brightness'
  | 'saturation'
  | 'contrast'
  | 'sharpness'
  | 'posterize'
  | 'solarize'
  | 'autocontrast'
  | 'equalize'
  | 'invert';

/**
 * One drawn operation. Magnitude: slope of shears, whole pixels of translations, degrees of `rotate`, change of factor
 * of enhancements (0 changes nothing), bits kept, threshold of `solarize` as a share of white; 0 where there is none.
 */
export interface Op {
  readonly op: OpName;
  readonly magnitude: number;
}

const DEGREES = 180 / Math.PI;

/** Carries out one operation as torchvision's policies do on Pillow images. Masks follow those that move pixels. */
export function applyOp(raster: Raster, { op, magnitude }: Op, warping: Warping): Raster {
  const moved = moves(op, magnitude, raster);
  if (moved !== undefined) {
    return warp(raster, affineMap(moved, extent(raster, 'y'), extent(raster, 'x')), warping);
  }
  return raster.role === 'mask' ? raster : recolour(raster, op, magnitude);
}

/** Whether an operation moves pixels. */
export function isSpatial(op: OpName): boolean {
  return op === 'shearX' || op === 'shearY' || op === 'translateX' || op === 'translateY' || op === 'rotate';
}

function moves(op: OpName, magnitude: number, raster: Raster): Matrix | undefined {
  if (!isSpatial(op)) return undefined;
  const middle = [extent(raster, 'x') / 2, extent(raster, 'y') / 2] as const;
  if (op === 'rotate') return rotationMatrix(magnitude, middle);
  const parts = { angle: 0, translate: [0, 0], scale: 1, shear: [0, 0] } as const;
  const slant = Math.atan(magnitude) * DEGREES;
  const shift = Math.trunc(magnitude);
  if (op === 'shearX') return affineMatrix({ ...parts, shear: [slant, 0] }, [0, 0]);
  if (op === 'shearY') return affineMatrix({ ...parts, shear: [0, slant] }, [0, 0]);
  return affineMatrix({ ...parts, translate: op === 'translateX' ? [shift, 0] : [0, shift] }, middle);
}

function recolour(raster: Raster, op: OpName, magnitude: number): Raster {
  switch (op) {
    case 'brightness':
    case 'saturation':
    case 'contrast':
      return adjust(raster, op, 1 + magnitude);
    case 'sharpness':
      return sharpen(raster, 1 + magnitude);
    case 'posterize':
      return posterize(raster, Math.trunc(magnitude));
    case 'solarize':
      return solarize(raster, magnitude);
    case 'autocontrast':
      return autocontrast(raster);
    case 'equalize':
      return equalize(raster);
    case 'invert':
      return invert(raster);
    default:
      return raster;
  }
}
