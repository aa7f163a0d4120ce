import type { Dataset } from '../../../datasets/dataset.js';
import { folder } from '../../../datasets/folder.js';
import { corrupt } from '../../../transforms/corruptions/corrupt.js';
import type { ClassLink, Outcome } from '../classification/outcome.js';
import type { CorruptedFolder } from '../data/corrupted.js';
import { linkClasses } from '../imagenet/link.js';
import { classify, type RefusedPicture } from '../network/classify.js';
import type { Network } from '../network/network.js';
import type { PredictOptions } from '../network/predict.js';
import type { Answer, CorruptionCell } from './scores.js';

/** Answers under corruptions, and what could not be read. */
export interface MeasuredCorruptions {
  readonly cells: readonly CorruptionCell[];
  readonly refused: readonly RefusedPicture[];
}

/** Corruptions and severities to make. */
export interface CorruptionChoice {
  readonly corruption: string;
  readonly severity: number;
}

/** Whether each picture was told right. */
export function answersOf(outcomes: readonly Outcome[]): Answer[] {
  return outcomes.map(({ id, label, predicted }) => ({ id, right: label === predicted }));
}

/** Corrupts pictures of a set as they come, after resizing and cropping; what is drawn depends on seed and place alone. */
export async function corruptOnTheFly(
  network: Network,
  dataset: Dataset,
  link: ClassLink,
  choices: readonly CorruptionChoice[],
  options: PredictOptions,
): Promise<MeasuredCorruptions> {
  const cells: CorruptionCell[] = [];
  let refused: readonly RefusedPicture[] = [];
  for (const [at, { corruption, severity }] of choices.entries()) {
    const { name, options: chosen } = corrupt.build({ name: corruption, severity });
    const found = await classify(network, dataset, link, {
      ...options,
      transforms: [...options.transforms, { name, options: chosen }],
      onProgress: (done) => options.onProgress?.(at * dataset.length + done),
    });
    cells.push({ corruption, severity, answers: answersOf(found.outcomes) });
    refused = found.refused;
  }
  return { cells, refused };
}

/**
 * Classifies the pictures of folders in ImageNet-C's layout, as they are. `onProgress` is told how many are done and how
 * many there are, if later folders hold as many as the one under way.
 */
export async function measureFolders(
  network: Network,
  folders: readonly CorruptedFolder[],
  options: PredictOptions & { readonly limit?: ((dataset: Dataset) => Dataset) | undefined },
  onProgress?: (done: number, total: number) => void,
): Promise<MeasuredCorruptions> {
  const cells: CorruptionCell[] = [];
  const refused: RefusedPicture[] = [];
  let before = 0;
  for (const [at, { corruption, severity, path }] of folders.entries()) {
    const all = await folder(path, { layout: 'nested', ...(options.signal && { signal: options.signal }) });
    const dataset = options.limit?.(all) ?? all;
    const link = linkClasses(network, all.classes ?? []);
    const start = before;
    const total = start + (folders.length - at) * dataset.length;
    const found = await classify(network, dataset, link, {
      ...options,
      onProgress: (done) => onProgress?.(start + done, total),
    });
    before += dataset.length;
    cells.push({ corruption, severity, answers: answersOf(found.outcomes) });
    refused.push(...found.refused);
  }
  return { cells, refused };
}
