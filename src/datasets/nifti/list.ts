import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import glob from 'fast-glob';
import { DatasetError } from '../../core/errors.js';
import { comparePaths } from '../../core/order.js';

/** A volume in a folder. */
export interface VolumeFile {
  /** Path below the folder with forward slashes, without the extension: the stable name of the volume. */
  readonly id: string;
  readonly path: string;
}

const EXTENSION = /\.(nii|hdr)(\.gz)?$/i;

/** The name of a volume file without its extension. */
export function volumeId(path: string): string {
  return path.replace(EXTENSION, '');
}

/** What becomes of two files of one name, such as `a.nii` and `a.nii.gz`. */
export interface ListOptions {
  /** `refuse` (unless told), or `keep`: their ids keep their extensions. */
  readonly duplicates?: 'refuse' | 'keep';
}

/**
 * The NIfTI files (.nii, .nii.gz, .hdr of pairs) at `path`: itself, or all below a folder in code-point order. Symbolic
 * links below it are not followed, hidden files are left out.
 *
 * @throws DatasetError E_PATH where there is nothing, E_EMPTY for a folder without volumes, E_DUPLICATE for two files
 * of one name
 */
export async function listVolumes(
  path: string,
  signal?: AbortSignal,
  { duplicates = 'refuse' }: ListOptions = {},
): Promise<readonly VolumeFile[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new DatasetError('E_PATH', `Expected a volume or a folder but ${path} cannot be opened.`, {
      cause,
    });
  });
  if (!found.isDirectory()) return [{ id: volumeId(basename(path)), path }];
  signal?.throwIfAborted();
  const names = await glob('**/*', { cwd: resolve(path), followSymbolicLinks: false, onlyFiles: true });
  const files = names
    .filter((name) => EXTENSION.test(name))
    .sort(comparePaths)
    .map((name) => ({ id: volumeId(name), name, path: join(path, name) }));
  if (files.length === 0)
    throw new DatasetError('E_EMPTY', `Expected .nii, .nii.gz or .hdr files below ${path} but found none.`);
  const counts = new Map<string, number>();
  for (const { id, path: file } of files) {
    const count = (counts.get(id) ?? 0) + 1;
    if (count > 1 && duplicates === 'refuse')
      throw new DatasetError(
        'E_DUPLICATE',
        `Expected one volume called ${id} but ${file} is another; rename it.`,
      );
    counts.set(id, count);
  }
  return files.map(({ id, name, path: file }) => ({ id: counts.get(id) === 1 ? id : name, path: file }));
}
