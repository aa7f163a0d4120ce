import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { DatasetError } from '../core/errors.js';
import { readCapped } from './decode/read.js';

/** Longest line in characters: parsing slows down with columns, so a file of a million must not get that far. */
export const MAX_LINE = 2 ** 20;
const LISTED = 8;

/** A line of a list; `line` counts from 1, the header included. */
export interface CsvRow {
  readonly line: number;
  readonly value: Readonly<Record<string, string>>;
}

/** The first name that comes again. */
export function repeatedName(names: readonly string[]): string | undefined {
  const places = new Map(names.map((name, at) => [name, at])); // each name's last
  return names.find((name, at) => places.get(name) !== at);
}

/** Names for a message: not more than a person reads. */
export function listNames(names: readonly string[]): string {
  const rest = names.length - LISTED;
  return rest > 0 ? `${names.slice(0, LISTED).join(', ')} and ${rest} more` : names.join(', ');
}

/**
 * Reads comma-separated values with a header line, whole. Blank lines are left out.
 * @throws DatasetError E_FORMAT for what is no such text (UTF-8, or UTF-16 by its mark), has lines of other lengths, of
 * more than a million characters, or two columns of one name; DecodeError where the file cannot be read
 */
export async function readCsv(path: string, maxBytes: number): Promise<CsvRow[]> {
  const bytes = await readCapped(path, { maxBytes });
  const refuse = (reason: string, options?: ErrorOptions) =>
    new DatasetError('E_FORMAT', `Expected comma-separated values in ${path}${reason}`, options);
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe; // by its mark, which the parser knows
  if (!isUtf16 && !isUtf8(bytes)) throw refuse(' but it is not UTF-8 text.');
  const columns = (header: string[]): string[] => {
    const twice = repeatedName(header.filter((name) => name !== ''));
    if (twice === undefined) return header;
    throw new Error(`two columns are called ${JSON.stringify(twice.slice(0, 60))}.`);
  };
  try {
    const found: { info: { lines: number }; record: Record<string, string> }[] = parse(bytes, {
      bom: true,
      columns,
      info: true,
      max_record_size: MAX_LINE,
      skip_empty_lines: true,
    });
    return found.map(({ info, record }) => ({ line: info.lines, value: record }));
  } catch (cause) {
    throw refuse(`: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
