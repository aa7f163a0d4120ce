import { hard } from '../core/label.js';
import { checkIndex, type Dataset } from './dataset.js';
import type { ImageOptions } from './decode/limits.js';
import { decodePicture } from './decode/picture.js';
import type { FolderEntry } from './folder.js';
import type { LoaderRef } from './loader.js';

/** The samples of a list of picture files, each decoded when it is asked for; links are not followed. */
export function pictureFiles(
  entries: readonly FolderEntry[],
  image: Omit<ImageOptions, 'signal' | 'noFollow'> | undefined,
): Dataset & { readonly entries: readonly FolderEntry[] } {
  const loader: LoaderRef = { name: 'file', options: image === undefined ? {} : { image } };
  const at = (index: number): FolderEntry => entries[checkIndex(index, entries.length)]!;
  const labelled = ({ classId }: FolderEntry) => (classId === undefined ? {} : { label: hard(classId) });
  return {
    entries,
    length: entries.length,
    entry: (index) => ({ id: at(index).id, ...labelled(at(index)) }),
    plan: (index) => ({ loader, item: at(index) }),
    async read(index, _rng, signal) {
      const entry = at(index);
      const raster = await decodePicture(entry.path, { ...image, noFollow: true }, signal && { signal });
      return { id: entry.id, index, rasters: { image: raster }, ...labelled(entry), trace: [] };
    },
  };
}
