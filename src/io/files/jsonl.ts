import { createReadStream } from 'node:fs';
import { DatasetError } from '../../core/errors.js';
import { type Refuse, refuseDataset } from '../refuse.js';
import { storageError } from './storage-error.js';

/** One line of a JSON Lines file; `line` counts from 1. */
export interface JsonLine<T> {
  readonly line: number;
  readonly value: T;
}

/** How lines are read. */
export interface JsonLinesOptions<T> {
  /** Checks and types one parsed value, such as a zod schema's `parse`. What it throws is reported with the line. */
  readonly check: (value: unknown) => T;
  /** Longest line in bytes, default 1 MiB. */
  readonly maxLineBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Lines for `values`, each ended by a newline; key order is the objects' own. */
export function formatJsonLines(values: Iterable<unknown>): string {
  let text = '';
  for (const value of values) {
    const line = JSON.stringify(value);
    if (line === undefined) throw new DatasetError('E_FORMAT', `A JSON line cannot hold ${typeof value}.`);
    text += `${line}\n`;
  }
  return text;
}

function parseLine<T>(
  bytes: Buffer,
  line: number,
  check: (value: unknown) => T,
  refuse: Refuse,
): JsonLine<T> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { line, value: check(JSON.parse(text)) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse('E_FORMAT', `line ${line} is not as expected: ${reason}`, error);
  }
}

/**
 * Reads a JSON Lines file of any length. Every line, the last too, must end in a newline: one that does not was torn.
 * Blank lines are errors.
 * @throws DatasetError E_FORMAT, E_TRUNCATED, E_TOO_LARGE naming file and line; StorageError when it cannot be read
 */
export async function* readJsonLines<T>(
  path: string,
  options: JsonLinesOptions<T>,
): AsyncGenerator<JsonLine<T>> {
  const { check, maxLineBytes = 1 << 20, signal } = options;
  const refuse = refuseDataset(path);
  let pending: Buffer = Buffer.alloc(0);
  let line = 0;
  try {
    for await (const chunk of createReadStream(path, signal === undefined ? {} : { signal })) {
      const data = pending.length === 0 ? (chunk as Buffer) : Buffer.concat([pending, chunk as Buffer]);
      let start = 0;
      for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a, start)) {
        if (end - start > maxLineBytes) break;
        yield parseLine(data.subarray(start, end), ++line, check, refuse);
        start = end + 1;
      }
      pending = data.subarray(start);
      if (pending.length > maxLineBytes) {
        throw refuse('E_TOO_LARGE', `line ${line + 1} is longer than ${maxLineBytes} bytes.`);
      }
    }
  } catch (error) {
    throw storageError(error, path, 'read');
  }
  if (pending.length > 0)
    throw refuse('E_TRUNCATED', `line ${line + 1} has no end; the file was cut while written.`);
}
