import { DatasetError } from '../../../core/errors.js';
import { listNames } from '../../../datasets/csv.js';
import { cellError, columnOf, readTable } from './csv.js';
import type { LogitTable } from './logit-table.js';

const IDS = ['imagename', 'image', 'path', 'file', 'filename', 'id', 'stimulus'];
const LABELS = ['label', 'category', 'class', 'target', 'wnid'];
const OTHERS = ['subj', 'subject', 'observer', 'model', 'texture', 'object_response', 'decision'];

/** Whether a CSV holds logits: several columns of numbers beside the name of the picture, and no decisions. */
export async function isLogitCsv(path: string): Promise<boolean> {
  const table = await readTable(path);
  return columnOf(table, ['object_response', 'response', 'decision', 'prediction']) < 0;
}

/**
 * Logits of a CSV: one row a picture, with its name (`image`, …) and optionally its class (`label`, …), then one column
 * for each class in the order of the class numbers.
 */
export async function logitsOfTable(path: string): Promise<Omit<LogitTable, 'path' | 'probabilities'>> {
  const table = await readTable(path);
  const id = columnOf(table, IDS);
  const label = columnOf(table, LABELS);
  const numbers = table.header.flatMap((name, at) =>
    at === id || at === label || OTHERS.includes(name.toLowerCase()) ? [] : at,
  );
  if (numbers.length < 2)
    throw new DatasetError(
      'E_FORMAT',
      `Line 1 of ${path}: expected one column for each class but the columns are ${listNames(table.header)}.`,
    );
  const names = numbers.map((at) => table.header[at]!);
  const plain = names.map((name) => /^(?:logit|class|c|p|prob)?[_ ]?(\d+)$/i.exec(name)?.[1]);
  const wrong = plain.findIndex((number, at) => number !== undefined && Number(number) !== at);
  if (plain.every((number) => number !== undefined) && wrong >= 0)
    throw cellError(
      path,
      1,
      names[wrong]!,
      `expected class ${wrong}: columns must be in the order of the class numbers`,
    );
  const data = new Float32Array(table.rows.length * names.length);
  table.rows.forEach(({ line, cells }, row) => {
    numbers.forEach((at, column) => {
      const text = cells[at]!;
      const value = text === '' ? Number.NaN : Number(text);
      if (!Number.isFinite(value))
        throw cellError(
          path,
          line,
          table.header[at]!,
          `expected a number but received ${JSON.stringify(text)}`,
        );
      data[row * names.length + column] = value;
    });
  });
  return {
    rows: table.rows.length,
    classes: names.length,
    data,
    ...(id >= 0 && { ids: table.rows.map(({ cells }) => cells[id]!) }),
    ...(label >= 0 && { labels: table.rows.map(({ cells }) => cells[label]!) }),
    ...(plain.some((number) => number === undefined) && { names }),
  };
}
