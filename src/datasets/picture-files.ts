import { hard, type Label } from '../core/label.js';
import { checkIndex, type Dataset } from './dataset.js';
import type { ImageOptions } from './decode/limits.js';
import { decodePicture } from './decode/picture.js';
import type { LoaderRef } from './loader.js';

/** A picture of a folder: what can be known without opening it. */
export interface FolderEntry {
  /** Path below the root with forward slashes: the stable name of the sample. */
  readonly id: string;
  readonly path: string;
  readonly classId?: number;
  /** The label of a picture of several classes, instead of `classId`. */
  readonly votes?: Label;
}

/** The samples of a list of picture files, each decoded when it is asked for; links are not followed. */
export function pictureFiles(
  entries: readonly FolderEntry[],
  image: Omit<ImageOptions, 'signal' | 'noFollow'> | undefined,
): Dataset & { readonly entries: readonly FolderEntry[] } {
  const loader: LoaderRef = { name: 'file', options: image === undefined ? {} : { image } };
  const at = (index: number): FolderEntry => entries[checkIndex(index, entries.length)]!;
  return {
    entries,
    length: entries.length,
    entry: (index) => ({ id: at(index).id, ...labelOf(at(index)) }),
    plan: (index) => ({ loader, item: at(index) }),
    async read(index, _rng, signal) {
      const entry = at(index);
      const raster = await decodePicture(entry.path, { ...image, noFollow: true }, signal && { signal });
      return { id: entry.id, index, rasters: { image: raster }, ...labelOf(entry), trace: [] };
    },
  };
}

/** What an entry tells of its picture's label. */
export function labelOf({ classId, votes }: Pick<FolderEntry, 'classId' | 'votes'>): { label?: Label } {
  if (votes !== undefined) return { label: votes };
  return classId === undefined ? {} : { label: hard(classId) };
}
