import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readDataset } from '../../styletransfer/dataset/finished.js';

/** What a dataset of `cuemix stylize` consists of, for messages; an unfinished one tells by its folders. */
export async function unitOf(folder: string): Promise<'clips' | 'pictures'> {
  const dataset = await readDataset(folder).catch(() => undefined); // what is wrong with it, its reader tells
  if (dataset !== undefined) return dataset.recipe.video === undefined ? 'pictures' : 'clips';
  const clips = await stat(join(folder, 'clips')).catch(() => undefined);
  return clips === undefined ? 'pictures' : 'clips';
}
