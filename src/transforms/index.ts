export * from './batch/index.js';
export { centerCrop } from './center-crop.js';
export { type CropWindow, drawCropWindow } from './crop-window.js';
export { flip } from './flip.js';
export { randomCrop } from './random-crop.js';
export { randomResizedCrop } from './random-resized-crop.js';
export { transforms } from './registry.js';
export { resize } from './resize.js';
