import { type Registry, registry } from '../../core/registry.js';
import type { LoaderEntry } from '../loader.js';
import { fileLoader } from './file.js';
import { preparedLoader } from './prepared.js';
import { shardLoader } from './shard.js';

/** Every loader of the package by its name. */
export const loaders: Registry<LoaderEntry> = registry<LoaderEntry>('loader', [
  fileLoader,
  preparedLoader,
  shardLoader,
]);
