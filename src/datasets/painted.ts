import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { DatasetError } from '../core/errors.js';
import { isBelow } from '../io/files/below.js';
import { readJsonLines } from '../io/files/jsonl.js';
import type { Dataset } from './dataset.js';
import type { ImageOptions } from './decode/limits.js';
import { readCapped } from './decode/read.js';
import { voteSchema } from './loaders/schemas.js';
import { type FolderEntry, pictureFiles } from './picture-files.js';

/** What lies in a folder that `cuemix stylize` has finished. */
export const PAINTED_FILES = ['dataset.json', 'images', 'manifest.jsonl'] as const;

const MAX_BYTES = 64 * 1024 * 1024;

const head = z.object({
  format: z.literal('cuemix-dataset'),
  classes: z.array(z.string()),
  classNames: z.array(z.string()).optional(),
});
const line = z.object({ path: z.string().min(1), votes: z.array(voteSchema).min(1) });

/**
 * The pictures of a dataset of `cuemix stylize` (format folder), each labelled as its manifest tells: by the class of
 * its shape and, where the styles have classes, of its texture. Nothing is opened.
 * @throws DatasetError E_FORMAT, E_PATH (leaves the folder), E_LABEL (a class that is not there), E_EMPTY
 */
export async function painted(
  root: string,
  options: {
    readonly image?: Omit<ImageOptions, 'signal' | 'noFollow'>;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Dataset & { readonly entries: readonly FolderEntry[]; readonly classNames?: readonly string[] }> {
  const base = await realpath(root);
  const { classes, classNames } = await readHead(join(base, 'dataset.json'));
  const file = join(base, 'manifest.jsonl');
  const entries: FolderEntry[] = [];
  const check = (value: unknown) => line.parse(value);
  const { signal } = options;
  for await (const row of readJsonLines(file, { check, signal })) {
    const { path, votes } = row.value;
    const wrong = (code: string, what: string) =>
      new DatasetError(code, `Line ${row.line} of ${file}: ${what}.`);
    const full = resolve(base, path);
    if (path.includes('\0') || !isBelow(base, full))
      throw wrong('E_PATH', `${JSON.stringify(path)} leaves the folder ${base}`);
    const odd = votes.find(({ classId }) => classId >= classes.length);
    if (odd !== undefined)
      throw wrong('E_LABEL', `expected a class from 0 to ${classes.length - 1} but received ${odd.classId}`);
    entries.push({ id: path, path: full, votes });
  }
  if (entries.length === 0)
    throw new DatasetError('E_EMPTY', `Expected pictures in ${root} but its manifest lists none.`);
  return { classes, ...(classNames && { classNames }), ...pictureFiles(entries, options.image) };
}

async function readHead(path: string): Promise<z.output<typeof head>> {
  const text = (await readCapped(path, { maxBytes: MAX_BYTES })).toString('utf8');
  try {
    return head.parse(JSON.parse(text));
  } catch (cause) {
    throw new DatasetError('E_FORMAT', `Expected ${path} to tell of a dataset of cuemix stylize.`, { cause });
  }
}
