import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../../core/errors.js';
import { type Dataset, subset } from '../../datasets/dataset.js';
import { openDataset } from '../../datasets/open.js';
import { IMAGENET_A_CLASSES } from '../imagenet-a.js';
import { type CorruptedFolder, corruptedFolders } from './data/corrupted.js';
import { type CueData, looksLikeCues, openCueData } from './data/cues.js';
import { isImagenetA } from './imagenet/link.js';
import type { SetKind } from './options.js';

/** Pictures of one class each. */
export interface LabelledSet {
  readonly kind: 'classes' | 'imagenet-a' | 'stylized';
  readonly path: string;
  readonly dataset: Dataset & { close?(): Promise<void> };
  /** Class names by number; undefined where the set only has numbers. */
  readonly classes: readonly string[] | undefined;
}

/** A set of pictures, opened. */
export type OpenSet =
  | LabelledSet
  | { readonly kind: 'cue-conflict'; readonly path: string; readonly data: CueData }
  | { readonly kind: 'imagenet-c'; readonly path: string; readonly folders: readonly CorruptedFolder[] };

/**
 * Opens a set of pictures. `auto` takes folders of ImageNet-C's layout, cue-conflict pictures by their names or
 * manifest, ImageNet-A by its 200 classes, and anything else for pictures of one class each.
 * @throws DatasetError E_LAYOUT, E_LABEL, and what the readers throw
 */
export async function openSet(
  { kind, path }: { readonly kind: SetKind | 'auto'; readonly path: string },
  options: { readonly limit?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<OpenSet> {
  const { limit, signal } = options;
  if (kind === 'imagenet-c' || kind === 'auto') {
    const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
    const folders = isFolder ? await corruptedFolders(path) : [];
    if (folders.length > 0) return { kind: 'imagenet-c', path, folders };
    if (kind === 'imagenet-c')
      throw new DatasetError(
        'E_LAYOUT',
        `Expected folders such as gaussian_noise/3/n01440764 in ${path} but found none.`,
      );
  }
  if (kind === 'cue-conflict' || (kind === 'auto' && (await looksLikeCues(path, signal)))) {
    const data = await openCueData(path, signal);
    return { kind: 'cue-conflict', path, data: { ...data, dataset: limited(data.dataset, limit) } };
  }
  const dataset = await openDataset(await picturesOf(path), signal && { signal });
  const { classes } = dataset;
  if (classes === undefined && dataset.length > 0 && dataset.entry?.(0) !== undefined)
    throw new DatasetError(
      'E_LABEL',
      `Expected one folder for each class in ${path} but its pictures have no class.`,
    );
  const isA = kind === 'imagenet-a' || (kind === 'auto' && isImagenetA(classes ?? [], IMAGENET_A_CLASSES));
  const close = dataset.close?.bind(dataset);
  return {
    kind: isA ? 'imagenet-a' : kind === 'stylized' ? kind : 'classes',
    path,
    dataset: { ...limited(dataset, limit), ...(close && { close }) },
    classes,
  };
}

/** Where the class folders are: a dataset of `cuemix stylize` has its report and contact sheet beside them. */
async function picturesOf(path: string): Promise<string> {
  const images = join(path, 'images');
  const found = await Promise.all(
    [join(path, 'dataset.json'), images].map((name) => stat(name).catch(() => undefined)),
  );
  return found[0]?.isFile() === true && found[1]?.isDirectory() === true ? images : path;
}

/** At most `limit` samples, evenly spread over the set. */
export function limited(dataset: Dataset, limit: number | undefined): Dataset {
  const { length } = dataset;
  if (limit === undefined || limit >= length) return dataset;
  return subset(
    dataset,
    Array.from({ length: limit }, (_, at) => Math.floor(((at + 0.5) * length) / limit)),
  );
}
