import type { Refuse } from '../refuse.js';
import { bytesPerElement, elementCount, isDType, type NamedArray } from './dtype.js';

/** Longest header that the format allows, in bytes. */
export const MAX_HEADER = 100_000_000;
const MAX_DEPTH = 127; // the reference reader's

/**
 * Refuses what JSON.parse would let through but the format does not: deep nesting, and numbers inside lists (shapes and
 * offsets) that are not plain digits, since `4.0`, `1e1` and `-0` become whole numbers in JavaScript.
 */
function scan(header: Uint8Array, refuse: Refuse): void {
  let depth = 0;
  let lists = 0;
  for (let at = 0; at < header.length; at++) {
    switch (header[at]) {
      case 0x22: // "
        for (at++; at < header.length && header[at] !== 0x22; at++) if (header[at] === 0x5c) at++;
        break;
      case 0x5b: // [
        lists++;
        if (++depth > MAX_DEPTH) throw refuse('E_FORMAT', 'its header is nested too deeply.');
        break;
      case 0x7b: // {
        if (++depth > MAX_DEPTH) throw refuse('E_FORMAT', 'its header is nested too deeply.');
        break;
      case 0x5d: // ]
        lists--;
        depth--;
        break;
      case 0x7d: // }
        depth--;
        break;
      case 0x2d: // -
      case 0x2e: // .
      case 0x65: // e; of the words true, false and null, none belongs into a list of numbers either
      case 0x45: // E
        if (lists > 0)
          throw refuse('E_FORMAT', 'its header holds a list number that is not a plain whole number.');
        break;
    }
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Parses the header's JSON object. @throws by `refuse` E_FORMAT */
export function parseHeader(bytes: Uint8Array, refuse: Refuse): JsonObject {
  scan(bytes, refuse);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw refuse('E_FORMAT', 'its header is not valid JSON in UTF-8.', error);
  }
  if (!isObject(value)) throw refuse('E_FORMAT', 'its header is not a JSON object.');
  return value;
}

/** The `__metadata__` of a header: text to text. @throws by `refuse` E_FORMAT */
export function parseMetadata(header: JsonObject, refuse: Refuse): Map<string, string> {
  const metadata = new Map<string, string>();
  if (!Object.hasOwn(header, '__metadata__') || header.__metadata__ === null) return metadata;
  if (!isObject(header.__metadata__)) throw refuse('E_FORMAT', 'its __metadata__ is not an object.');
  for (const [key, value] of Object.entries(header.__metadata__)) {
    if (typeof value !== 'string')
      throw refuse('E_FORMAT', `its __metadata__ entry ${JSON.stringify(key)} is not text.`);
    if (/\p{Surrogate}/u.test(key + value))
      throw refuse('E_FORMAT', 'its __metadata__ is not valid Unicode.');
    metadata.set(key, value);
  }
  return metadata;
}

interface Placed extends NamedArray {
  readonly begin: number;
  readonly end: number;
}

function parseTensor(name: string, value: unknown, data: Uint8Array, refuse: Refuse): Placed {
  const label = `its tensor ${JSON.stringify(name)}`;
  if (/\p{Surrogate}/u.test(name)) throw refuse('E_FORMAT', `${label} has a name that is not valid Unicode.`);
  if (!isObject(value)) throw refuse('E_FORMAT', `${label} is not described by an object.`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDType(dtype))
    throw refuse('E_UNSUPPORTED', `${label} has the unknown type ${JSON.stringify(dtype)}.`);
  const count = Array.isArray(shape) ? elementCount(shape) : undefined;
  if (count === undefined) throw refuse('E_FORMAT', `${label} has an impossible shape.`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || elementCount(offsets.slice(0, 1)) === undefined) {
    throw refuse('E_FORMAT', `${label} has impossible offsets.`);
  }
  const [begin, end] = offsets as [number, number];
  if (elementCount([end]) === undefined || begin > end || end - begin !== count * bytesPerElement(dtype)) {
    throw refuse('E_FORMAT', `${label} has offsets that do not fit its shape.`);
  }
  if (end > data.length) {
    throw refuse('E_TRUNCATED', `${label} ends at byte ${end} of the data, which has only ${data.length}.`);
  }
  return { dtype, shape: shape as number[], data: data.subarray(begin, end), begin, end };
}

/**
 * All tensors of a header over `data`, in the order in which they lie: no hole, no overlap, nothing left over.
 * @throws by `refuse` E_FORMAT, E_TRUNCATED, E_UNSUPPORTED
 */
export function parseTensors(header: JsonObject, data: Uint8Array, refuse: Refuse): Map<string, NamedArray> {
  const placed: (readonly [string, Placed])[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name !== '__metadata__') placed.push([name, parseTensor(name, value, data, refuse)]);
  }
  placed.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const tensors = new Map<string, NamedArray>();
  let next = 0;
  for (const [name, { begin, end, dtype, shape, data: own }] of placed) {
    if (begin !== next) {
      const what = begin > next ? 'leaves a hole before it' : 'overlaps another';
      throw refuse('E_FORMAT', `its tensor ${JSON.stringify(name)} ${what}.`);
    }
    next = end;
    tensors.set(name, { dtype, shape, data: own });
  }
  if (next !== data.length)
    throw refuse('E_FORMAT', `it holds ${data.length - next} bytes that belong to no tensor.`);
  return tensors;
}
