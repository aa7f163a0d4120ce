import { join, resolve } from 'node:path';
import { z } from 'zod';
import { DatasetError } from '../../core/errors.js';
import { isBelow } from '../../io/files/below.js';
import { readInput } from '../../io/files/open-input.js';
import { listVolumes, volumeId } from '../nifti/list.js';
import type { VolumeEntry, VolumeListing } from './entries.js';

/** The file that describes a set of the Medical Segmentation Decathlon, or of nnU-Net. */
export const DECATHLON_INDEX = 'dataset.json';

const MAX_INDEX = 64 * 1024 * 1024;

const id = z.union([z.int().min(0).max(32767), z.string().regex(/^\d{1,5}$/)]).transform(Number);
const pair = z.object({ image: z.string(), label: z.string() });

/** Decathlon: `labels` by id, pairs in `training`. nnU-Net 2: ids by name, files `<case>_<channel>` in the folders. */
const schema = z.object({
  labels: z.record(z.string(), z.union([id, z.string()])).optional(),
  channel_names: z.record(z.string(), z.string()).optional(),
  training: z.array(pair).optional(),
  test: z
    .array(z.union([z.string(), z.object({ image: z.string() }).transform(({ image }) => image)]))
    .optional(),
});

/** Class names by id from either form; undefined where ids have gaps or are missing. */
function classNames(labels: z.output<typeof schema>['labels']): readonly string[] | undefined {
  if (labels === undefined) return undefined;
  const byName = Object.entries(labels).every(
    ([name, value]) => !/^\d+$/.test(name) && typeof value === 'number',
  );
  const pairs = Object.entries(labels).map(([key, value]): readonly [number, string] =>
    byName ? [Number(value), key] : [Number(key), String(value)],
  );
  const names: string[] = [];
  for (const [at, name] of pairs) {
    if (!Number.isInteger(at) || at >= pairs.length) return undefined;
    names[at] = name;
  }
  return names.length === pairs.length && !names.includes(undefined as never) ? names : undefined;
}

/** A path that the index names, inside the set's folder. */
function inside(root: string, name: string, index: string): string {
  const full = resolve(root, name);
  if (isBelow(resolve(root), full)) return full;
  throw new DatasetError(
    'E_PATH',
    `Expected files below ${root} but ${index} names ${JSON.stringify(name)}.`,
  );
}

/** Cases of two folders: images (one file, or one per channel with a number at the end) and labels by name. */
async function byFolders(
  images: string,
  labels: string | undefined,
  channels: number | undefined,
  signal?: AbortSignal,
) {
  const labelled = new Map<string, string>();
  if (labels !== undefined)
    for (const file of await listVolumes(labels, signal)) labelled.set(file.id, file.path);
  const cases = new Map<string, string[]>();
  for (const { id: name, path } of await listVolumes(images, signal)) {
    const key = channels === undefined ? name : name.replace(/_\d{4}$/, '');
    cases.set(key, [...(cases.get(key) ?? []), path]);
  }
  return [...cases].map(([name, files]): VolumeEntry => {
    if (channels !== undefined && files.length !== channels) {
      throw new DatasetError(
        'E_MISSING',
        `Expected ${channels} channels of ${name} in ${images} but found ${files.length}.`,
      );
    }
    const label = labelled.get(name);
    if (labels !== undefined && label === undefined)
      throw new DatasetError('E_MISSING', `Expected a label called ${name} in ${labels} but there is none.`);
    return { id: name, images: files, ...(label !== undefined && { label }) };
  });
}

/** Reads `dataset.json` with the cases it names, or those in `imagesTr` and `labelsTr` (`imagesTs` for the test part). */
export async function readDecathlon(
  root: string,
  part: 'train' | 'test',
  signal?: AbortSignal,
): Promise<VolumeListing> {
  const index = join(root, DECATHLON_INDEX);
  let found: z.output<typeof schema>;
  try {
    found = schema.parse(JSON.parse((await readInput(index, MAX_INDEX)).toString('utf8')));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatasetError('E_FORMAT', `Expected a Decathlon or nnU-Net description in ${index}: ${reason}`, {
      cause,
    });
  }
  const classes = classNames(found.labels);
  const named = { ...(classes && { classes }) };
  const nameOf = (path: string) => volumeId(path.replace(/^.*[\\/]/, ''));
  if (part === 'train' && found.training !== undefined) {
    const entries = found.training.map(
      ({ image, label }): VolumeEntry => ({
        id: nameOf(image),
        images: [inside(root, image, index)],
        label: inside(root, label, index),
      }),
    );
    return { entries, ...named };
  }
  if (part === 'test' && found.test !== undefined) {
    return {
      entries: found.test.map((image) => ({ id: nameOf(image), images: [inside(root, image, index)] })),
      ...named,
    };
  }
  const channels = found.channel_names && Object.keys(found.channel_names).length;
  const [images, labels] = part === 'train' ? ['imagesTr', 'labelsTr'] : ['imagesTs', undefined];
  const entries = await byFolders(join(root, images!), labels && join(root, labels), channels, signal);
  return { entries, ...named };
}

/** Cases of a folder of images and a folder of labels, matched by name. */
export function readPairs(images: string, labels: string | undefined, signal?: AbortSignal) {
  return byFolders(images, labels, undefined, signal);
}
