import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';

/** Whether an absolute path lies below an absolute folder, by their names alone: links are the caller's affair. */
export function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * Tells of folders whether they truly lie in `root` (a real path), links followed. Each is looked up once; one that is
 * not there counts as inside, as who reads from it will say.
 */
export function foldersInside(root: string): (folder: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return (folder) => {
    const found =
      known.get(folder) ??
      realpath(folder).then(
        (real) => real === root || isBelow(root, real),
        () => true,
      );
    known.set(folder, found);
    return found;
  };
}
