import { basename } from 'node:path';
import { DatasetError } from '../../../core/errors.js';
import { listNames } from '../../../datasets/csv.js';
import type { CueDecision } from '../shape-bias/score.js';
import { SIXTEEN_CATEGORIES } from '../shape-bias/sixteen.js';
import { cuesOf, stimulusOf } from '../shape-bias/stimulus.js';
import { cellError, columnOf, readTable, type Table } from './csv.js';

/** One decision on an ordinary picture. */
export interface ClassDecision {
  readonly observer: string;
  readonly id: string;
  readonly label: string;
  readonly decision: string;
}

/** A decision that is no category: it counts as other, and is worth a look. */
export interface OddDecision {
  readonly line: number;
  readonly column: string;
  readonly value: string;
}

/** A table of decisions: on cue-conflict pictures, or on pictures of one class each. */
export type DecisionTable = {
  readonly path: string;
  /** Observers in order of their first row. */
  readonly observers: readonly string[];
  /** Rows without an answer ('na', 'nan' or nothing). */
  readonly unanswered: number;
  readonly odd: readonly OddDecision[];
} & (
  | { readonly kind: 'cues'; readonly rows: readonly CueDecision[] }
  | { readonly kind: 'classes'; readonly rows: readonly ClassDecision[] }
);

/** How a table is read. */
export interface DecisionOptions {
  /** A second decision of one observer on one picture: an error (unless told), counted, or left out. */
  readonly duplicates?: 'refuse' | 'keep' | 'first';
}

const COLUMNS = {
  observer: ['subj', 'subject', 'observer', 'model'],
  decision: ['object_response', 'response', 'decision', 'prediction'],
  shape: ['category', 'shape', 'label', 'class'],
  texture: ['texture', 'texture_category'],
  image: ['imagename', 'image', 'stimulus', 'path', 'file', 'filename', 'id'],
} as const;

/** What observers without an answer are recorded with. */
export const UNANSWERED = 'na';
const NO_ANSWER = /^(na|nan|none)?$/i;

/**
 * Reads decisions in the format of model-vs-human and texture-vs-shape (columns `subj`, `object_response`, `category`,
 * `imagename`; others are ignored), or with the columns `image`, `shape`, `texture`, `decision`. Without a texture
 * column the texture is the second part of the picture's name (`airplane1-bicycle2.png`); where names say nothing, the
 * table is one of ordinary classes.
 * @throws DatasetError E_FORMAT, E_LABEL, E_DUPLICATE with line and column
 */
export async function readDecisions(path: string, options: DecisionOptions = {}): Promise<DecisionTable> {
  const table = await readTable(path);
  const at = {
    observer: columnOf(table, COLUMNS.observer),
    decision: required(table, 'decision'),
    shape: columnOf(table, COLUMNS.shape),
    texture: columnOf(table, COLUMNS.texture),
    image: required(table, 'image'),
  };
  const first = table.rows[0]!.cells;
  const named = cuesOf(first[at.image]!);
  const byName = named !== undefined && (at.shape < 0 || first[at.shape] === named.shape);
  const isCues = at.texture >= 0 || byName;
  if (at.shape < 0 && (!isCues || at.texture >= 0)) required(table, 'shape');
  const rows: (CueDecision & { readonly line: number })[] = [];
  const seen = new Map<string, number>();
  for (const { line, cells } of table.rows) {
    const image = cells[at.image]!;
    if (image === '') throw cellError(path, line, table.header[at.image]!, 'expected the name of a picture');
    const observer = at.observer < 0 ? basename(path, '.csv') : cells[at.observer]!;
    const stimulus = isCues && at.texture < 0 ? stimulusOf(image) : image;
    const key = JSON.stringify([observer, stimulus]);
    const earlier = seen.get(key);
    if (earlier !== undefined && options.duplicates !== 'keep') {
      if (options.duplicates === 'first') continue;
      const what = `${observer} decided ${stimulus} in line ${earlier} already; remove one row, or let duplicates count (keep, first)`;
      throw cellError(path, line, table.header[at.image]!, what, 'E_DUPLICATE');
    }
    seen.set(key, line);
    const cues = isCues ? cuesAt(table, at, line, cells) : { shape: cells[at.shape]!, texture: '' };
    if (cues.shape === '')
      throw cellError(path, line, table.header[at.shape]!, 'expected a category', 'E_LABEL');
    const answer = cells[at.decision]!;
    rows.push({ observer, stimulus, ...cues, decision: NO_ANSWER.test(answer) ? UNANSWERED : answer, line });
  }
  const common = {
    path,
    observers: [...new Set(rows.map(({ observer }) => observer))],
    unanswered: rows.filter(({ decision }) => decision === UNANSWERED).length,
    odd: oddDecisions(rows, table.header[at.decision]!),
  };
  if (isCues) return { ...common, kind: 'cues', rows: rows.map(({ line: _, ...row }) => row) };
  const plain = rows.map(({ observer, stimulus, shape, decision }) => ({
    observer,
    id: stimulus,
    label: shape,
    decision,
  }));
  return { ...common, kind: 'classes', rows: plain };
}

function required(table: Table, what: keyof typeof COLUMNS): number {
  const found = columnOf(table, COLUMNS[what]);
  if (found >= 0) return found;
  const names = COLUMNS[what].join(', ');
  throw new DatasetError(
    'E_FORMAT',
    `Line 1 of ${table.path}: expected a column ${names} but the columns are ${listNames(table.header)}.`,
  );
}

/** Shape and texture of a row; a category that contradicts the picture's name is an error. */
function cuesAt(
  { path, header }: Table,
  at: Readonly<Record<keyof typeof COLUMNS, number>>,
  line: number,
  cells: readonly string[],
): { shape: string; texture: string } {
  if (at.texture >= 0) {
    const texture = cells[at.texture]!;
    if (texture === '') throw cellError(path, line, header[at.texture]!, 'expected a category', 'E_LABEL');
    return { shape: cells[at.shape]!, texture };
  }
  const image = cells[at.image]!;
  const cues = cuesOf(image);
  if (cues === undefined) {
    const what = `expected a name such as airplane1-bicycle2.png but received ${JSON.stringify(image)}`;
    throw cellError(path, line, header[at.image]!, what);
  }
  const shape = at.shape < 0 ? cues.shape : cells[at.shape]!;
  if (shape !== cues.shape) {
    const what = `expected ${cues.shape}, as the picture's name says, but received ${JSON.stringify(shape)}`;
    throw cellError(path, line, header[at.shape]!, what, 'E_LABEL');
  }
  return cues;
}

function oddDecisions(
  rows: readonly (CueDecision & { readonly line: number })[],
  column: string,
): OddDecision[] {
  const known = new Set(rows.flatMap(({ shape, texture }) => [shape, texture]));
  if ([...known].every((name) => SIXTEEN_CATEGORIES.has(name)))
    for (const name of SIXTEEN_CATEGORIES.keys()) known.add(name);
  return rows
    .filter(({ decision }) => decision !== UNANSWERED && !known.has(decision))
    .map(({ line, decision }) => ({ line, column, value: decision }));
}
