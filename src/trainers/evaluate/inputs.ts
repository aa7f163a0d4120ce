import { stat } from 'node:fs/promises';
import { StorageError } from '../../core/errors.js';
import { readWeights } from '../../io/tensors/weights.js';
import { LOGIT_ARRAYS } from './tables/logits.js';
import { isLogitCsv } from './tables/logits-csv.js';

/** What a file to evaluate is. */
export type InputKind = 'network' | 'decisions' | 'logits';

const FEW = 3;

/**
 * Finds out what is to be evaluated: folders and .pth are networks; .npy is logits; .csv holds decisions if it has a
 * column for them, else logits; .npz and .safetensors are logits if an array is called so, or if they hold few arrays
 * and one of two axes.
 * @throws StorageError where there is nothing
 */
export async function inputKind(path: string, signal?: AbortSignal): Promise<InputKind> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new StorageError(
      'E_PATH',
      `Expected a checkpoint, weights, decisions or logits at ${path} but there is no such file.`,
      { cause },
    );
  });
  if (found.isDirectory()) return 'network';
  if (/\.npy$/i.test(path)) return 'logits';
  if (/\.csv$/i.test(path)) return (await isLogitCsv(path)) ? 'logits' : 'decisions';
  if (!/\.(npz|safetensors)$/i.test(path)) return 'network';
  const { tensors, metadata } = await readWeights(path, { signal });
  if (metadata.has('cuemix.model')) return 'network';
  const isNamed = LOGIT_ARRAYS.some((name) => tensors.has(name));
  const flat = [...tensors.values()].filter(({ shape }) => shape.length === 2);
  return isNamed || (tensors.size <= FEW && flat.length === 1) ? 'logits' : 'network';
}
