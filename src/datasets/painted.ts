import { realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { DatasetError } from '../core/errors.js';
import { foldersInside, isBelow } from '../io/files/below.js';
import { readJsonLines } from '../io/files/jsonl.js';
import { checkIndex, type Dataset } from './dataset.js';
import type { ImageOptions } from './decode/limits.js';
import { readCapped } from './decode/read.js';
import { voteSchema } from './loaders/schemas.js';
import { type FolderEntry, labelOf, pictureFiles } from './picture-files.js';
import { shards } from './shards/shards.js';
import { videoFiles } from './videos/videos.js';

/** Whether a folder with these names was made and finished by `cuemix stylize`. */
export function isPainted(names: readonly string[]): boolean {
  return (
    ['dataset.json', 'manifest.jsonl'].every((name) => names.includes(name)) &&
    ['images', 'clips', 'shards'].some((name) => names.includes(name))
  );
}

const MAX_BYTES = 64 * 1024 * 1024;

const head = z.object({
  format: z.literal('cuemix-dataset'),
  classes: z.array(z.string()),
  classNames: z.array(z.string()).optional(),
});
const line = z.object({
  path: z.string().min(1),
  member: z.string().min(1).optional(),
  votes: z.array(voteSchema).min(1),
});

/**
 * The pictures or clips of a dataset of `cuemix stylize`, in files or in shards, each labelled as its manifest tells: by the class of
 * its shape and, where the styles have classes, of its texture. No picture is opened.
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
  let packed = false;
  const check = (value: unknown) => line.parse(value);
  const { signal } = options;
  const isInside = foldersInside(base);
  for await (const row of readJsonLines(file, { check, signal })) {
    const { path, member, votes } = row.value;
    const wrong = (code: string, what: string) =>
      new DatasetError(code, `Line ${row.line} of ${file}: ${what}.`);
    const full = resolve(base, path);
    if (path.includes('\0') || !isBelow(base, full) || !(await isInside(dirname(full))))
      throw wrong('E_PATH', `${JSON.stringify(path)} leaves the folder ${base}`);
    const odd = votes.find(({ classId }) => classId >= classes.length);
    if (odd !== undefined)
      throw wrong('E_LABEL', `expected a class from 0 to ${classes.length - 1} but received ${odd.classId}`);
    entries.push({ id: member === undefined ? path : keyOf(member), path: full, votes });
    packed ||= member !== undefined;
  }
  if (entries.length === 0)
    throw new DatasetError('E_EMPTY', `Expected pictures in ${root} but its manifest lists none.`);
  const named = { classes, ...(classNames && { classNames }) };
  if (packed) return { ...named, entries, ...(await inShards(join(base, 'shards'), entries, options)) };
  const isClip = entries[0]!.id.startsWith('clips/');
  return isClip ? videoFiles({ entries, ...named }) : { ...named, ...pictureFiles(entries, options.image) };
}

const keyOf = (member: string): string => member.slice(0, member.lastIndexOf('.'));

/** Samples of shards with the labels of the manifest, which lists them in the shards' order. */
async function inShards(
  folder: string,
  entries: readonly FolderEntry[],
  options: Parameters<typeof painted>[1],
): Promise<Dataset> {
  const packed = await shards(folder, options);
  if (packed.length !== entries.length)
    throw new DatasetError(
      'E_COUNT',
      `Expected ${entries.length} samples in ${folder}, as its manifest says, but found ${packed.length}.`,
    );
  const at = (index: number): FolderEntry => entries[checkIndex(index, entries.length)]!;
  return {
    ...packed,
    entry: (index) => ({ id: at(index).id, ...labelOf(at(index)) }),
    plan(index) {
      const { id: key, votes = [] } = at(index);
      const { loader, item } = packed.plan!(index);
      return { loader, item: { ...Object(item), listed: { key, votes } } };
    },
    async read(index, rng, signal) {
      return { ...(await packed.read(index, rng, signal)), ...labelOf(at(index)) };
    },
  };
}

async function readHead(path: string): Promise<z.output<typeof head>> {
  const text = (await readCapped(path, { maxBytes: MAX_BYTES })).toString('utf8');
  try {
    return head.parse(JSON.parse(text));
  } catch (cause) {
    throw new DatasetError('E_FORMAT', `Expected ${path} to tell of a dataset of cuemix stylize.`, { cause });
  }
}
