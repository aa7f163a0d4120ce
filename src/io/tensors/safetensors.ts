import { createHash } from 'node:crypto';
import { CheckpointError } from '../../core/errors.js';
import { type Refuse, refuseCheckpoint } from '../refuse.js';
import {
  bytesPerElement,
  checkArray,
  type NamedArray,
  plainBytes,
  requireLittleEndian,
  type TensorFile,
} from './dtype.js';
import { MAX_HEADER, parseHeader, parseMetadata, parseTensors } from './safetensors-header.js';

export type { NamedArray, TensorFile } from './dtype.js';
export { fromFloat32, toFloat32 } from './float.js';

// Two keys, so that no single damaged byte can make a hashed file look like one without a hash.
const MARK = 'cuemix.integrity';
const MARK_TEXT = 'sha256 of the whole file with these 64 digits as zeros';
const HASH = 'cuemix.sha256';
const BLANK = '0'.repeat(64);

/** Options of {@link writeSafetensors}. */
export interface SafetensorsOptions {
  /** Put a SHA-256 of the whole file into its metadata, which readSafetensors then checks. Default true. */
  readonly hash?: boolean;
}

/**
 * Reads a safetensors file held in memory. Accepts and refuses what the reference reader does (header ≤ 100 MB, whole
 * numbers, no hole, no overlap, every byte owned); tensors share memory with `bytes`. A file written with its hash is
 * checked as a whole: any changed bit is an error, and `verified` is true.
 * @param name file name for messages
 * @throws CheckpointError E_EMPTY, E_TRUNCATED, E_FORMAT, E_UNSUPPORTED (element type), E_HASH
 */
export function readSafetensors(bytes: Uint8Array, name: string): TensorFile {
  requireLittleEndian();
  const refuse = refuseCheckpoint(name);
  if (bytes.length === 0) throw refuse('E_EMPTY', 'the file is empty.');
  if (bytes.length < 8)
    throw refuse('E_TRUNCATED', `a safetensors file has 8 bytes at least, this one ${bytes.length}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER))
    throw refuse('E_FORMAT', `it claims a header of ${length} bytes; 100 MB is the limit.`);
  const start = 8 + Number(length);
  if (start > bytes.length) {
    throw refuse(
      'E_TRUNCATED',
      `its header of ${length} bytes does not fit into the ${bytes.length} bytes of the file.`,
    );
  }
  const header = parseHeader(bytes.subarray(8, start), refuse);
  const metadata = parseMetadata(header, refuse);
  const verified = verify(bytes, start, metadata, refuse);
  const tensors = parseTensors(header, plainBytes(bytes).subarray(start), refuse);
  return { tensors, metadata, verified };
}

/** Checks and removes our integrity keys; false when the file carries none. */
function verify(bytes: Uint8Array, start: number, metadata: Map<string, string>, refuse: Refuse): boolean {
  const claimed = metadata.get(HASH);
  if (claimed === undefined && !metadata.has(MARK)) return false;
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, start);
  const at = claimed !== undefined && /^[0-9a-f]{64}$/.test(claimed) ? header.indexOf(`"${claimed}"`) : -1;
  if (at < 0) throw refuse('E_HASH', 'its integrity record is damaged.');
  const hash = createHash('sha256');
  hash
    .update(header.subarray(0, at + 1))
    .update(BLANK)
    .update(bytes.subarray(at + 65));
  if (hash.digest('hex') !== claimed)
    throw refuse('E_HASH', 'its content does not match its SHA-256; it is damaged.');
  metadata.delete(HASH);
  metadata.delete(MARK);
  return true;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Writes tensors as a safetensors file. The same input gives the same bytes whatever its order: wide types first (so
 * that all data is aligned), then by name; metadata by key.
 * @throws CheckpointError E_FORMAT for a tensor whose data does not fit its shape or an impossible name
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NamedArray>,
  metadata: ReadonlyMap<string, string> = new Map(),
  options: SafetensorsOptions = {},
): Uint8Array {
  requireLittleEndian();
  const { hash = true } = options;
  const notes = new Map(metadata);
  if (notes.has(HASH) || notes.has(MARK)) {
    throw new CheckpointError(
      'E_FORMAT',
      `The metadata keys "${HASH}" and "${MARK}" are written by cuemix itself.`,
    );
  }
  if (hash) notes.set(MARK, MARK_TEXT).set(HASH, BLANK);
  const sorted = [...tensors].sort(
    ([nameA, a], [nameB, b]) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype) || byText(nameA, nameB),
  );
  const fields: string[] = [];
  if (notes.size > 0)
    fields.push(`"__metadata__":${jsonObject([...notes].sort(([a], [b]) => byText(a, b)))}`);
  let end = 0;
  for (const [name, array] of sorted) {
    checkArray(array, name);
    if (name === '__metadata__' || /\p{Surrogate}/u.test(name)) {
      throw new CheckpointError('E_FORMAT', `A tensor cannot be called ${JSON.stringify(name)}.`);
    }
    const begin = end;
    end += array.data.byteLength;
    const about = { dtype: array.dtype, shape: array.shape, data_offsets: [begin, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(about)}`);
  }
  const text = Buffer.from(`{${fields.join(',')}}`, 'utf8');
  const start = 8 + Math.ceil(text.length / 8) * 8;
  if (start - 8 > MAX_HEADER)
    throw new CheckpointError('E_TOO_LARGE', 'The header would pass 100 MB; use fewer tensors.');
  const bytes = Buffer.alloc(start + end).fill(0x20, 8, start);
  bytes.writeBigUInt64LE(BigInt(start - 8));
  bytes.set(text, 8);
  let at = start;
  for (const [, { data }] of sorted) {
    bytes.set(data, at);
    at += data.byteLength;
  }
  if (hash)
    bytes.write(
      createHash('sha256').update(bytes).digest('hex'),
      bytes.indexOf(`"${HASH}":"`) + HASH.length + 4,
    );
  return bytes;
}

/** Like JSON.stringify of an object, but keys such as `__proto__` or `1` keep their place. */
function jsonObject(entries: readonly (readonly [string, string])[]): string {
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}
