import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * A part of the library that the program `cli` belongs to, such as `datasets/index.js`.
 * @param {{ cli: string }} place
 * @param {string} file below the folder of the built library
 */
export function library({ cli }, file) {
  return import(pathToFileURL(join(dirname(cli), '..', file)).href);
}
