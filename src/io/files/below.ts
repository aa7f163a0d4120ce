import { sep } from 'node:path';

/** Whether an absolute path lies below an absolute folder, by their names alone: links are the caller's affair. */
export function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
