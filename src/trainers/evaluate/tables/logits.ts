import { basename, extname } from 'node:path';
import { DatasetError } from '../../../core/errors.js';
import { readCapped } from '../../../datasets/decode/read.js';
import type { NamedArray } from '../../../io/tensors/dtype.js';
import { toFloat32 } from '../../../io/tensors/float.js';
import { readNpy } from '../../../io/tensors/npy.js';
import { readWeights } from '../../../io/tensors/weights.js';
import type { LogitTable } from './logit-table.js';
import { logitsOfTable } from './logits-csv.js';

const MAX_BYTES = 2 ** 31 - 1;
/** Names that arrays of logits go by. */
export const LOGIT_ARRAYS = ['logits', 'outputs', 'output', 'scores', 'predictions', 'probabilities'];
const LABELS = ['labels', 'label', 'targets', 'target', 'y'];

/**
 * Reads logits `[pictures, classes]` from .npy, .npz, .safetensors (array `logits`, optional `labels`, names of the
 * pictures in the safetensors metadata `ids` as a JSON list) or .csv (see docs/evaluation.md). Rows that all lie in
 * [0, 1] and sum to 1 are taken for probabilities.
 * @throws DatasetError E_FORMAT, E_LABEL, E_DUPLICATE with row and column; CheckpointError for a damaged file
 */
export async function readLogits(path: string, signal?: AbortSignal): Promise<LogitTable> {
  const kind = extname(path).toLowerCase();
  if (kind === '.csv') return finish(path, await logitsOfTable(path));
  if (kind === '.npy') {
    const array = readNpy(await readCapped(path, { maxBytes: MAX_BYTES }), path);
    return finish(path, matrix(array, path, basename(path)));
  }
  const { tensors, metadata } = await readWeights(path, { signal });
  const all = [...tensors];
  const found = LOGIT_ARRAYS.filter((name) => tensors.has(name));
  const flat = all.filter(([, { shape }]) => shape.length === 2);
  const name = found[0] ?? (flat.length === 1 ? flat[0]![0] : undefined);
  if (name === undefined) {
    const names = all
      .map(([key]) => key)
      .slice(0, 5)
      .join(', ');
    throw new DatasetError(
      'E_FORMAT',
      `Expected an array "logits" of two axes in ${path} but it holds ${names}.`,
    );
  }
  const labels = LABELS.map((key) => tensors.get(key)).find((array) => array !== undefined);
  return finish(path, {
    ...matrix(tensors.get(name)!, path, name),
    ...(labels && { labels: Array.from(toFloat32(labels), (value) => String(value)) }),
    ...(metadata.has('ids') && { ids: parseIds(metadata.get('ids')!, path) }),
  });
}

function matrix(array: NamedArray, path: string, name: string): Omit<LogitTable, 'path' | 'probabilities'> {
  const [rows = 0, classes = 0] = array.shape;
  if (array.shape.length !== 2 || rows < 1 || classes < 2)
    throw new DatasetError(
      'E_FORMAT',
      `Expected logits [pictures, classes] in ${path} but "${name}" has the shape [${array.shape}].`,
    );
  return { rows, classes, data: Float32Array.from(toFloat32(array)) };
}

function parseIds(text: string, path: string): string[] {
  const refuse = () =>
    new DatasetError('E_FORMAT', `Expected a JSON list of names in the metadata "ids" of ${path}.`);
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value) || !value.every((id) => typeof id === 'string')) throw refuse();
    return value;
  } catch {
    throw refuse();
  }
}

/** Checks lengths and numbers; recognises probabilities. */
function finish(path: string, table: Omit<LogitTable, 'path' | 'probabilities'>): LogitTable {
  const { rows, classes, data, ids, labels } = table;
  for (const [what, list] of [
    ['names', ids],
    ['labels', labels],
  ] as const) {
    if (list !== undefined && list.length !== rows)
      throw new DatasetError('E_FORMAT', `Expected ${rows} ${what} in ${path} but received ${list.length}.`);
  }
  const firsts = new Map<string, number>();
  ids?.forEach((id, row) => {
    const first = firsts.get(id);
    if (first !== undefined)
      throw new DatasetError(
        'E_DUPLICATE',
        `Row ${row} of ${path}: row ${first} is of ${id} already; remove one.`,
      );
    firsts.set(id, row);
  });
  let isShare = true;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < classes; column++) {
      const value = data[row * classes + column]!;
      if (!Number.isFinite(value))
        throw new DatasetError(
          'E_FORMAT',
          `Row ${row} of ${path}, column ${column}: expected a number but received ${value}.`,
        );
      if (value < 0 || value > 1) isShare = false;
      sum += value;
    }
    if (Math.abs(sum - 1) > 1e-3) isShare = false;
  }
  if (isShare) for (let i = 0; i < data.length; i++) data[i] = Math.log(Math.max(data[i]!, 1e-38));
  return { path, ...table, probabilities: isShare };
}
