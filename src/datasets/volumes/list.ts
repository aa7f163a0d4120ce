import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { DatasetError } from '../../core/errors.js';
import { isBelow } from '../../io/files/below.js';
import { readJsonLines } from '../../io/files/jsonl.js';
import { readCsv } from '../csv.js';
import { listVolumes, volumeId } from '../nifti/list.js';
import { readPrepared } from '../nifti/prepared.js';
import { DECATHLON_INDEX, readDecathlon, readPairs } from './decathlon.js';
import type { VolumeEntry, VolumeListing } from './entries.js';

const MAX_LIST = 256 * 1024 ** 2;
const path = z.string().min(1);
const row = z.object({
  image: z.union([path, z.array(path).min(1)]),
  label: path.optional(),
  weights: path.optional(),
  id: path.optional(),
});

/** Rows of a list with a column or key `image`, and `label`, `weights`, `id` if wanted. */
async function readList(file: string, signal?: AbortSignal): Promise<readonly VolumeEntry[]> {
  const rows: unknown[] = [];
  if (/\.csv$/i.test(file)) {
    for (const { value } of await readCsv(file, MAX_LIST))
      rows.push(Object.fromEntries(Object.entries(value).filter(([, cell]) => cell !== '')));
  } else for await (const { value } of readJsonLines(file, { check: (one) => one, signal })) rows.push(value);
  const root = await realpath(dirname(file));
  return rows.map((value, at): VolumeEntry => {
    const found = row.safeParse(value);
    if (!found.success)
      throw new DatasetError(
        'E_FORMAT',
        `Row ${at + 1} of ${file}: expected image (and label): ${z.prettifyError(found.error)}`,
      );
    const inside = (name: string) => {
      const full = resolve(root, name);
      if (isBelow(root, full)) return full;
      throw new DatasetError(
        'E_PATH',
        `Row ${at + 1} of ${file}: ${JSON.stringify(name)} leaves the folder ${root}.`,
      );
    };
    const { image, label, weights, id } = found.data;
    const images = (typeof image === 'string' ? [image] : image).map(inside);
    return {
      id: id ?? volumeId((typeof image === 'string' ? image : image[0]!).replaceAll('\\', '/')),
      images,
      ...(label !== undefined && { label: inside(label) }),
      ...(weights !== undefined && { weights: inside(weights) }),
    };
  });
}

/** Volumes that `prepareVolumes` wrote, by its manifest. */
async function readManifest(root: string): Promise<readonly VolumeEntry[]> {
  const prepared = [...(await readPrepared(join(root, PREPARED_MANIFEST))).values()];
  const labels = new Map(
    prepared.filter(({ role }) => role === 'mask').map((entry) => [entry.id, entry.path]),
  );
  return prepared
    .filter(({ role }) => role === 'intensity')
    .map(({ id, path: image }): VolumeEntry => {
      const label = labels.get(id);
      return { id, images: [join(root, image)], ...(label !== undefined && { label: join(root, label) }) };
    });
}

/** The manifest of a prepared set. */
export const PREPARED_MANIFEST = 'manifest.jsonl';

/** Folders of images and their labels, in the order in which they are looked for. */
const LAYOUTS = {
  train: [
    ['imagesTr', 'labelsTr'],
    ['images', 'labels'],
    ['images', 'masks'],
  ],
  test: [['imagesTs', 'labelsTs']],
} as const;

/**
 * The scans at `path`: a set of the Medical Segmentation Decathlon or of nnU-Net 2 (`dataset.json`), a folder that
 * `prepareVolumes` wrote, folders `imagesTr` and `labelsTr` (or `images` and `labels`), a list (`.csv`, `.jsonl`) with
 * `image` and `label`, or plain files without labels.
 *
 * @throws DatasetError E_PATH, E_FORMAT, E_MISSING (an image without its label), E_DUPLICATE (two scans of one id), E_EMPTY
 */
export async function listScans(
  path: string,
  part: 'train' | 'test' = 'train',
  signal?: AbortSignal,
): Promise<VolumeListing> {
  const listing = await found(path, part, signal);
  refuseSameIds(listing.entries, path);
  if (listing.entries.length > 0) return listing;
  throw new DatasetError('E_EMPTY', `Expected volumes for the ${part} part of ${path} but found none.`);
}

/** Scans are called by their ids everywhere: one prediction would take the other's place. */
function refuseSameIds(entries: readonly VolumeEntry[], path: string): void {
  const seen = new Map<string, VolumeEntry>();
  for (const entry of entries) {
    const other = seen.get(entry.id);
    if (other !== undefined)
      throw new DatasetError(
        'E_DUPLICATE',
        `Expected an id of its own for every scan of ${path} but ${other.images[0]} and ${entry.images[0]} are both ${entry.id}. Rename one, or give ids in a list.`,
      );
    seen.set(entry.id, entry);
  }
}

async function found(path: string, part: 'train' | 'test', signal?: AbortSignal): Promise<VolumeListing> {
  if (/\.(csv|jsonl|ndjson)$/i.test(path)) return { entries: await readList(path, signal) };
  if (!(await stat(path).catch(() => undefined))?.isDirectory()) return plain(path, signal);
  const names = await readdir(path);
  if (names.includes(DECATHLON_INDEX)) return readDecathlon(path, part, signal);
  if (part === 'train' && names.includes(PREPARED_MANIFEST)) return { entries: await readManifest(path) };
  for (const [images, labels] of LAYOUTS[part]) {
    if (!names.includes(images)) continue;
    const masks = names.includes(labels) ? join(path, labels) : undefined;
    return { entries: await readPairs(join(path, images), masks, signal) };
  }
  return plain(path, signal);
}

async function plain(path: string, signal?: AbortSignal): Promise<VolumeListing> {
  const files = await listVolumes(path, signal);
  return { entries: files.map((file) => ({ id: file.id, images: [file.path] })) };
}
