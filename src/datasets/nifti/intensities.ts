import { UsageError } from '../../core/errors.js';
import type { NiftiData } from './datatypes.js';
import { scalingOf } from './header.js';
import type { NiftiImage } from './read.js';

/** What to take from complex voxels; a plain number cannot hold both parts. */
export type ComplexPart = 'real' | 'imaginary' | 'magnitude' | 'phase';

const PARTS: Readonly<Record<ComplexPart, (re: number, im: number) => number>> = {
  real: (re) => re,
  imaginary: (_, im) => im,
  magnitude: (re, im) => Math.hypot(re, im),
  phase: (re, im) => Math.atan2(im, re),
};

function writeScaled(data: NiftiData, out: Float32Array | Float64Array, slope: number, inter: number): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let i = 0; i < out.length; i++) out[i] = Number(data[i]!) * slope + inter;
  } else for (let i = 0; i < out.length; i++) out[i] = data[i]! * slope + inter;
}

/**
 * Scaled intensities, `slope * stored + inter` computed in float64, in the order of `image.data`; RGB and RGBA are
 * never scaled. Complex voxels give one number each, the `part` asked for.
 *
 * @throws UsageError for complex voxels without `part`
 */
export function intensities<T extends Float32Array | Float64Array>(
  image: NiftiImage,
  create: new (length: number) => T,
  part?: ComplexPart,
): T {
  const { data, header } = image;
  const [slope, inter] = scalingOf(header) ?? [1, 0];
  if (header.datatype.kind !== 'complex') {
    const out = new create(data.length);
    writeScaled(data, out, slope, inter);
    return out;
  }
  if (part === undefined) {
    throw new UsageError(
      `Expected real voxels in ${image.path} but they are complex; choose a part: ${Object.keys(PARTS).join(', ')}.`,
    );
  }
  const out = new create(data.length / 2);
  const take = PARTS[part];
  for (let i = 0; i < out.length; i++) {
    const re = Number(data[2 * i]!) * slope + inter;
    const im = Number(data[2 * i + 1]!) * slope; // nibabel adds the (real) intercept to the complex number
    out[i] = take(re, im);
  }
  return out;
}
