import { parse } from 'csv-parse/sync';
import { DatasetError } from '../../../core/errors.js';
import { MAX_LINE, repeatedName } from '../../../datasets/csv.js';
import { readCapped } from '../../../datasets/decode/read.js';

const MAX_BYTES = 1024 ** 3;
const LONGEST = 60;

/** A line of a table; `line` counts from 1, the header included. */
export interface TableRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Comma-separated values with a header line; every row has as many cells as the header. */
export interface Table {
  readonly path: string;
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
}

/** The error of one cell: `Line 3 of x.csv, column "category": …`. */
export function cellError(
  path: string,
  line: number,
  column: string,
  what: string,
  code = 'E_FORMAT',
): DatasetError {
  return new DatasetError(code, `Line ${line} of ${path}, column "${column}": ${what}.`);
}

/**
 * Reads a CSV file whole (1 GiB at most); cells are trimmed, blank lines left out.
 * @throws DatasetError E_EMPTY, E_FORMAT with line and column; DecodeError where the file cannot be read
 */
export async function readTable(path: string): Promise<Table> {
  const bytes = await readCapped(path, { maxBytes: MAX_BYTES });
  let found: { info: { lines: number }; record: string[] }[];
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const parsed: unknown = parse(text, {
      bom: true,
      info: true,
      max_record_size: MAX_LINE,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    });
    found = parsed as typeof found;
  } catch (cause) {
    throw new DatasetError('E_FORMAT', `Expected comma-separated values in ${path} but ${reasonOf(cause)}.`, {
      cause,
    });
  }
  const [head, ...body] = found;
  if (head === undefined)
    throw new DatasetError('E_EMPTY', `Expected a header line in ${path} but it is empty.`);
  const header = head.record;
  if (header.length === 1) {
    const begin = JSON.stringify(header[0]!.slice(0, LONGEST));
    const what = `Expected columns separated by commas in ${path} but line ${head.info.lines} has one, ${begin}.`;
    throw new DatasetError('E_FORMAT', what);
  }
  const twice = repeatedName(header);
  if (twice !== undefined) throw cellError(path, head.info.lines, twice, 'expected column names that differ');
  for (const { info, record } of body) {
    if (record.length === header.length) continue;
    const column = header[Math.min(record.length, header.length - 1)]!;
    throw cellError(
      path,
      info.lines,
      column,
      `expected ${header.length} cells but received ${record.length}`,
    );
  }
  if (body.length === 0)
    throw new DatasetError('E_EMPTY', `Expected rows below the header of ${path} but there are none.`);
  return { path, header, rows: body.map(({ info, record }) => ({ line: info.lines, cells: record })) };
}

/** Place of the first column that is called one of `names`, in any letter case; -1 for none. */
export function columnOf({ header }: Table, names: readonly string[]): number {
  const lower = header.map((name) => name.toLowerCase());
  for (const name of names) {
    const at = lower.indexOf(name);
    if (at >= 0) return at;
  }
  return -1;
}

function reasonOf(cause: unknown): string {
  if (cause instanceof TypeError) return 'it is not UTF-8 text';
  if (!(cause instanceof Error)) return 'it cannot be read';
  const lines = 'lines' in cause && typeof cause.lines === 'number' ? `line ${cause.lines}: ` : '';
  return `${lines}${cause.message.replace(/\.$/, '')}`;
}
