import type { Shape } from './ops.js';

/** Number of elements. */
export const volume = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);
