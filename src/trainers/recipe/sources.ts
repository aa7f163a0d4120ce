import { z } from 'zod';
import { type Registry, registry } from '../../core/registry.js';
import type { Dataset } from '../../datasets/dataset.js';
import type { ScanGeometry } from '../../datasets/index.js';
import { openDataset } from '../../datasets/open.js';
import type { Sampler } from '../../datasets/samplers.js';
import { openVideoSource, videoSourceOptions } from './video-source.js';
import { openVolumes, volumeOptions } from './volume-source.js';

/** A dataset that may hold files open. */
export type OpenedDataset = Dataset & {
  close?(): Promise<void>;
  /** The order that suits the data best when it is shuffled, such as patches of a few volumes at a time. */
  order?(): Sampler;
  /** Of scans: their ids and label files. */
  readonly entries?: readonly { readonly id: string; readonly label?: string }[];
  /** Where a scan lies, so that predictions can go back to the grid of its files. */
  geometry?(index: number, signal?: AbortSignal): Promise<ScanGeometry>;
};

export interface OpenSourceOptions {
  /** Which part of the recipe it is for. */
  readonly part: 'train' | 'validation';
  readonly signal?: AbortSignal;
}

/** A kind of data that a recipe can name. To add one, put it into {@link sources}. */
export interface DataSource {
  readonly name: string;
  readonly schema: z.ZodType;
  /** Opens it; `options` have passed the schema. */
  open(options: unknown, context: OpenSourceOptions): Promise<OpenedDataset>;
}

/** Turns a typed definition into a registry's entry. */
export function defineSource<S extends z.ZodType>(definition: {
  readonly name: string;
  readonly schema: S;
  open(options: z.output<S>, context: OpenSourceOptions): Promise<OpenedDataset>;
}): DataSource {
  const { name, schema, open } = definition;
  return { name, schema, open: (options, context) => open(schema.parse(options), context) };
}

const pictureOptions = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('A folder with a folder per class, a list (.csv, .jsonl), tar shards or a prepared set.'),
  resampler: z
    .enum(['exact', 'fast'])
    .exactOptional()
    .describe('How JPEGs are made smaller: as Pillow does, or within the decoder.'),
});

/** Pictures with classes: whatever `openDataset` opens. */
const pictures = defineSource({
  name: 'pictures',
  schema: pictureOptions,
  open: ({ path, resampler }, { signal }) =>
    openDataset(path, { ...(resampler && { resampler }), ...(signal && { signal }) }),
});

/** Volumes with masks: whatever `volumes` opens. */
const scans = defineSource({
  name: 'volumes',
  schema: volumeOptions,
  open: (options, { signal }) => openVolumes(options, signal),
});

/** Clips of videos with classes: whatever `videos` opens. */
const clips = defineSource({
  name: 'videos',
  schema: videoSourceOptions,
  open: (options, { signal }) => openVideoSource(options, signal),
});

/** Every kind of data of the package by its name. */
export const sources: Registry<DataSource> = registry<DataSource>('data source', [clips, pictures, scans]);
