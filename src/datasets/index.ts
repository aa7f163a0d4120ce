export { type ClassEntry, readClassIndex } from './classes.js';
export { concat, type Dataset, split, subset } from './dataset.js';
export { type DecodedImage, decodeImage, type ImageOptions, type ImageSource } from './decode/image.js';
export type { ImageFormat } from './decode/sniff.js';
export { type FolderDataset, type FolderEntry, type FolderOptions, folder } from './folder.js';
export { type PreparedVolume, type PreprocessOptions, preprocessVolume } from './nifti/preprocess.js';
export { type RasterOptions, toRaster, toVolume } from './nifti/raster.js';
export { type NiftiImage, type ReadNiftiOptions, readNifti } from './nifti/read.js';
export { type WritableNifti, type WriteNiftiOptions, writeNifti } from './nifti/write.js';
