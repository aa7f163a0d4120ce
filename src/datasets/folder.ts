import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import glob from 'fast-glob';
import { DatasetError } from '../core/errors.js';
import { compareCodePoints, comparePaths } from '../core/order.js';
import { type ClassEntry, readClassIndex } from './classes.js';
import type { Dataset } from './dataset.js';
import type { ImageOptions } from './decode/limits.js';
import { type FolderEntry, pictureFiles } from './picture-files.js';

/** How a tree of pictures is read. */
export interface FolderOptions {
  /**
   * `nested`: the first folder below the root is the class (ImageNet layout), deeper folders belong to it.
   * `flat`: no classes, pictures at any depth. `auto` (unless told): nested if all pictures are in subfolders, flat if
   * none is; a mixture is refused.
   */
  readonly layout?: 'auto' | 'nested' | 'flat';
  /** File name extensions without dot, in any letter case; jpeg, jpg, png and webp unless told. */
  readonly extensions?: readonly string[];
  /** Path of a class index, see `readClassIndex`; else the sorted subfolders are the classes. */
  readonly classIndex?: string;
  /** Limits and size of decoding. */
  readonly image?: Omit<ImageOptions, 'signal' | 'noFollow'>;
  readonly signal?: AbortSignal;
}

/** A tree of pictures, listed. */
export interface FolderDataset extends Dataset {
  readonly root: string;
  readonly entries: readonly FolderEntry[];
  /** Names to show, by class id. */
  readonly classNames?: readonly string[];
}

/** Endings of names that are taken for pictures. */
export const PICTURE_EXTENSIONS: readonly string[] = ['jpeg', 'jpg', 'png', 'webp'];

/**
 * Lists the pictures below `root` in code-point order, class by class; nothing is opened. Symbolic links below the
 * root are not followed, hidden files and folders are left out. Throws DatasetError: E_PATH (no such folder), E_EMPTY
 * (no pictures), E_LAYOUT (pictures beside class folders), E_LABEL (a folder that the class index does not name).
 */
export async function folder(root: string, options: FolderOptions = {}): Promise<FolderDataset> {
  const { extensions = PICTURE_EXTENSIONS, signal } = options;
  const base = await realpath(root).catch((cause: unknown) => {
    throw new DatasetError('E_PATH', `Expected a folder of pictures but ${root} cannot be opened.`, {
      cause,
    });
  });
  if (!(await stat(base)).isDirectory())
    throw new DatasetError('E_PATH', `Expected a folder of pictures but ${root} is a file.`);
  const ids = await list(base, extensions, signal);
  if (ids.length === 0) {
    const kinds = extensions.map((extension) => `.${extension}`).join(', ');
    throw new DatasetError(
      'E_EMPTY',
      `Expected pictures (${kinds}) below ${root} but found none; links are not followed.`,
    );
  }
  const nested = isNested(ids, options.layout ?? 'auto', root);
  if (!nested)
    return dataset(
      base,
      ids.map((id) => ({ id, path: join(base, id) })),
      undefined,
      options.image,
    );
  const classes = await findClasses(base, root, options.classIndex);
  const idOf = new Map(classes.map((entry, classId) => [entry.folder, classId]));
  const entries = ids
    .filter((id) => id.includes('/'))
    .map((id) => {
      const name = id.slice(0, id.indexOf('/'));
      const classId = idOf.get(name);
      if (classId !== undefined) return { id, path: join(base, id), classId };
      throw new DatasetError(
        'E_LABEL',
        `Expected a class of ${options.classIndex} but ${root} has the folder ${name}.`,
      );
    });
  return dataset(base, entries, classes, options.image);
}

async function list(base: string, extensions: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const wanted = new Set(extensions.map((extension) => extension.toLowerCase().replace(/^\./, '')));
  const ids: string[] = [];
  // The pattern never holds a part of the user's path, so that names with [ or ( mean themselves.
  for await (const entry of glob.stream('**/*', { cwd: base, followSymbolicLinks: false, onlyFiles: true })) {
    signal?.throwIfAborted();
    const id = String(entry);
    const dot = id.lastIndexOf('.');
    if (wanted.has(id.slice(dot + 1).toLowerCase()) && dot > id.lastIndexOf('/')) ids.push(id);
  }
  return ids.sort(comparePaths);
}

function isNested(ids: readonly string[], layout: 'auto' | 'nested' | 'flat', root: string): boolean {
  if (layout !== 'auto') return layout === 'nested';
  const deep = ids.filter((id) => id.includes('/'));
  if (deep.length === 0 || deep.length === ids.length) return deep.length > 0;
  const stray = ids.find((id) => !id.includes('/'));
  const advice = 'move it, or choose the layout "nested" or "flat"';
  throw new DatasetError(
    'E_LAYOUT',
    `Expected one folder per class in ${root} but ${stray} lies beside them: ${advice}.`,
  );
}

async function findClasses(base: string, root: string, index?: string): Promise<readonly ClassEntry[]> {
  if (index !== undefined) return readClassIndex(index);
  const children = await readdir(base, { withFileTypes: true });
  const names = children
    .filter((child) => child.isDirectory() && !child.name.startsWith('.'))
    .map(({ name }) => name);
  if (names.length === 0)
    throw new DatasetError('E_LAYOUT', `Expected one folder per class in ${root} but found none.`);
  const broken = names.find((name) => /[\n\r\u2028\u2029]/.test(name)); // glob patterns do not reach into those
  if (broken !== undefined) {
    throw new DatasetError(
      'E_PATH',
      `Expected class folders without line breaks in ${root} but found ${JSON.stringify(broken)}.`,
    );
  }
  return names.sort(compareCodePoints).map((name) => ({ folder: name, name }));
}

function dataset(
  root: string,
  entries: readonly FolderEntry[],
  classes: readonly ClassEntry[] | undefined,
  image: FolderOptions['image'],
): FolderDataset {
  const named = classes && { classes: classes.map((c) => c.folder), classNames: classes.map((c) => c.name) };
  return { ...named, root, ...pictureFiles(entries, image) };
}
