/** NIfTI volumes: reading (whole or in part), writing, preparing and inspecting. */
export type { NiftiData, NiftiDatatype } from './datatypes.js';
export { affineOf } from './geometry.js';
export type { NiftiExtension, NiftiHeader } from './header.js';
export { scalingOf } from './header.js';
export {
  findMismatches,
  gridDifference,
  type IntensityReport,
  inspectVolume,
  type PairFinding,
  type VolumeFailure,
  type VolumeReport,
} from './inspect.js';
export { type ComplexPart, intensities } from './intensities.js';
export { listVolumes, type VolumeFile } from './list.js';
export { type OpenedNifti, openNifti } from './open.js';
export { type PreparedFailure, type PrepareOptions, type PrepareResult, prepareVolumes } from './prepare.js';
export type { PreparedEntry } from './prepared.js';
export { type PreparedVolume, type PreprocessOptions, preprocessVolume } from './preprocess.js';
export { type RasterOptions, toRaster, toVolume } from './raster.js';
export { type NiftiImage, type ReadNiftiOptions, readNifti } from './read.js';
export type { NiftiRegion } from './runs.js';
export { encodeNifti, type WritableNifti, type WriteNiftiOptions, writeNifti } from './write.js';
