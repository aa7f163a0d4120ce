import { z } from 'zod';
import { centred } from '../core/geometry.js';
import { window } from '../core/kernel.js';
import { extent } from '../core/sample.js';
import { defineTransform } from '../core/transform.js';
import { sides, size } from './schemas.js';

const corner = z.enum(['topLeft', 'topRight', 'bottomLeft', 'bottomRight', 'centre']);

const options = z.strictObject({
  size,
  corner: corner.default('centre').describe('Which part is kept.'),
});

/** Cuts one corner or the middle: the parts of ten-crop evaluation. A picture that is too small is filled up with zeros. */
export const cornerCrop = defineTransform({
  name: 'cornerCrop',
  options,
  params: (_sample, _rng, { size, corner }) => ({ ...sides(size), corner }),
  apply(raster, { height, width, corner }) {
    const [tall, wide] = [extent(raster, 'y'), extent(raster, 'x')];
    const top = corner === 'centre' ? centred(tall, height) : corner.startsWith('top') ? 0 : tall - height;
    const left = corner === 'centre' ? centred(wide, width) : corner.endsWith('Left') ? 0 : wide - width;
    return window(raster, { y: { start: top, length: height }, x: { start: left, length: width } });
  },
});
