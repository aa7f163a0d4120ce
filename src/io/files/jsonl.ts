import { DatasetError } from '../../core/errors.js';
import { type Refuse, refuseDataset } from '../refuse.js';
import { openInput } from './open-input.js';
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
  /** For files of people's making: blank lines and a byte-order mark are passed over, and the last line may lack its newline. */
  readonly lenient?: boolean;
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

/** Without the mark (BOM) that some editors put before UTF-8 text. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
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
 * Blank lines are errors. `lenient` forgives both.
 * @throws DatasetError E_FORMAT, E_TRUNCATED, E_TOO_LARGE naming file and line; StorageError when it cannot be read
 */
export async function* readJsonLines<T>(
  path: string,
  options: JsonLinesOptions<T>,
): AsyncGenerator<JsonLine<T>> {
  const { check, maxLineBytes = 1 << 20, lenient = false, signal } = options;
  const refuse = refuseDataset(path);
  let pending: Buffer = Buffer.alloc(0);
  let line = 0;
  signal?.throwIfAborted();
  const { handle } = await openInput(path);
  const source = handle.createReadStream(signal && { signal });
  try {
    for await (const chunk of source) {
      const data = pending.length === 0 ? (chunk as Buffer) : Buffer.concat([pending, chunk as Buffer]);
      let start = 0;
      for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a, start)) {
        if (end - start > maxLineBytes) break;
        line++;
        const own =
          lenient && line === 1 ? withoutMark(data.subarray(start, end)) : data.subarray(start, end);
        if (!lenient || !isBlank(own)) yield parseLine(own, line, check, refuse);
        start = end + 1;
      }
      pending = data.subarray(start);
      if (pending.length > maxLineBytes) {
        throw refuse('E_TOO_LARGE', `line ${line + 1} is longer than ${maxLineBytes} bytes.`);
      }
    }
  } catch (error) {
    throw storageError(error, path, 'read');
  } finally {
    source.destroy();
  }
  if (pending.length === 0 || (lenient && isBlank(pending))) return;
  if (lenient) yield parseLine(line === 0 ? withoutMark(pending) : pending, line + 1, check, refuse);
  else throw refuse('E_TRUNCATED', `line ${line + 1} has no end; the file was cut while written.`);
}
