export { type CachedDataset, type CacheOptions, cache } from './cache/cache.js';
export type { CacheReport } from './cache/store.js';
export { type ClassEntry, readClassIndex } from './classes.js';
export { type BatchRaster, collate, type HostBatch } from './collate.js';
export { concat, type Dataset, type Entry, split, subset } from './dataset.js';
export { type DecodedImage, decodeImage, type ImageOptions, type ImageSource } from './decode/image.js';
export type { ImageFormat } from './decode/sniff.js';
export { filter, filterSamples } from './filter.js';
export { type FolderDataset, type FolderOptions, folder } from './folder.js';
export { type Finding, type Inspection, inspect } from './inspect.js';
export {
  defineLoader,
  type LoadContext,
  type Loader,
  type LoaderDefinition,
  type LoaderEntry,
  type LoaderRef,
  type ReadPlan,
} from './loader.js';
export { type ManifestOptions, manifest } from './manifest.js';
export * from './nifti/index.js';
export { openDataset } from './open.js';
export { painted } from './painted.js';
export { type ParquetDataset, type ParquetOptions, parquet } from './parquet/parquet.js';
export type { FolderEntry } from './picture-files.js';
export { type PreparedDataset, type PreparedOptions, prepared } from './prepared/read.js';
export { type Prepared, type PrepareOptions, prepare } from './prepared/write.js';
export {
  balanced,
  byShard,
  mixture,
  type Order,
  type Sampler,
  sequential,
  shuffled,
  weighted,
} from './samplers.js';
export type { ShardIndex } from './shards/shard-index.js';
export { type ShardDataset, type ShardOptions, shards } from './shards/shards.js';
export { type FileDataset, type WriteShardsOptions, writeShards } from './shards/write-shards.js';
export type { Cursor } from './stream/cursor.js';
export type { Refusal, TransformData } from './stream/job.js';
export type { Stream, StreamOptions, StreamReport } from './stream/options.js';
export { stream } from './stream/stream.js';
export * from './videos/index.js';
export * from './volumes/index.js';
