/** Volumes: grids, resampling between them, intensities. */
export { type Box, cropForeground, foregroundBox } from './foreground.js';
export {
  type InPlace,
  type IntensityWindow,
  intensityRange,
  scaleToUnit,
  windowIntensity,
  type ZScoreOptions,
  zScore,
} from './intensity.js';
export { percentiles, windowPercentiles } from './percentiles.js';
export type { Outside } from './plan.js';
export {
  centreCrop,
  cropVolume,
  orient,
  orientedGrid,
  padVolume,
  type RegridOptions,
  regrid,
  regridAsync,
  resizeVolume,
  respace,
} from './regrid.js';
export { spacingGrid } from './spacing.js';
export type { Interpolation } from './taps.js';
export { type Grid, gridOf, resizedGrid, shiftedGrid, type Triple, type Volume, volume } from './volume.js';
