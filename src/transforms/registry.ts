import { type Registry, registry } from '../core/registry.js';
import type { TransformEntry } from '../core/transform.js';
import { centerCrop } from './center-crop.js';
import { flip } from './flip.js';
import { randomCrop } from './random-crop.js';
import { randomResizedCrop } from './random-resized-crop.js';
import { resize } from './resize.js';

/** Every transform of the package by its name. */
export const transforms: Registry<TransformEntry> = registry<TransformEntry>('transform', [
  centerCrop,
  flip,
  randomCrop,
  randomResizedCrop,
  resize,
]);
