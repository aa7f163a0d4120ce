import { extname } from 'node:path';
import { CheckpointError } from '../../core/errors.js';
import { type AtomicOptions, writeFileAtomic } from '../files/atomic.js';
import { readInput } from '../files/open-input.js';
import { refuseOldPickle } from '../pickle/pickle.js';
import { readPth, withoutPrefix } from '../pickle/pth.js';
import { writePth } from '../pickle/pth-write.js';
import { describeStray, knownStray, type Refuse, refuseCheckpoint } from '../refuse.js';
import { isZip, openZipBytes } from '../zip/zip-bytes.js';
import type { NamedArray, TensorFile } from './dtype.js';
import { readNpz, writeNpz } from './npz.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

/** Options of {@link readWeights}. */
export interface ReadWeightsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Largest file that is read, in bytes. Default just below 2 GiB, the most that Node reads at once. */
  readonly maxBytes?: number;
}

/**
 * Reads a weights file by its content, whatever its name: PyTorch (zip or older form), safetensors or .npz.
 * A `module.` in front of every name, left by data-parallel training, is dropped.
 * @throws StorageError when it cannot be read; CheckpointError when it is damaged, unsafe or of no known format
 */
export async function readWeights(path: string, options: ReadWeightsOptions = {}): Promise<TensorFile> {
  const refuse = refuseCheckpoint(path);
  const bytes = await readInput(path, options.maxBytes ?? 2 ** 31 - 1, options.signal);
  return withoutPrefix(parseWeights(bytes, path, refuse));
}

function parseWeights(bytes: Buffer, path: string, refuse: Refuse): TensorFile {
  if (bytes.length === 0) throw refuse('E_EMPTY', 'the file is empty.');
  if (isZip(bytes)) {
    const names = [...openZipBytes(bytes, refuse).entries.keys()];
    const isNpz = names.length > 0 && names.every((name) => name.endsWith('.npy'));
    return isNpz ? readNpz(bytes, path) : readPth(bytes, path);
  }
  // A pickle's first eight bytes read as a header length are far beyond the limit, so this cannot be mistaken.
  const isSafetensors =
    bytes.length > 8 &&
    bytes.readBigUInt64LE(0) <= 100_000_000n &&
    /[\s{]/.test(String.fromCharCode(bytes[8]!));
  if (isSafetensors) return readSafetensors(bytes, path);
  if (bytes[0] === 0x80) return readPth(bytes, path);
  refuseOldPickle(bytes, refuse);
  const stray = knownStray(bytes);
  if (stray !== undefined) throw refuse('E_FORMAT', `it is neither .pth, .safetensors nor .npz: ${stray}.`);
  // Damaged beyond recognition: the name tells which format's complaint helps most.
  if (extname(path).toLowerCase() === '.safetensors') return readSafetensors(bytes, path);
  throw refuse('E_FORMAT', `it is neither .pth, .safetensors nor .npz: ${describeStray(bytes)}.`);
}

/**
 * Writes weights in the format of the name's ending, `.safetensors` (with its own SHA-256), `.pth` or `.npz`, atomically.
 * Only safetensors keeps `metadata`.
 * @throws CheckpointError E_UNSUPPORTED for another ending or an element type that the format lacks; StorageError
 */
export async function writeWeights(
  path: string,
  tensors: ReadonlyMap<string, NamedArray>,
  metadata: ReadonlyMap<string, string> = new Map(),
  options: AtomicOptions = {},
): Promise<void> {
  await writeFileAtomic(path, encode(path, tensors, metadata), options);
}

function encode(
  path: string,
  tensors: ReadonlyMap<string, NamedArray>,
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const ending = extname(path).toLowerCase();
  if (ending === '.safetensors') return writeSafetensors(tensors, metadata);
  if (ending === '.pth') return writePth(tensors);
  if (ending === '.npz') return writeNpz(tensors);
  throw new CheckpointError(
    'E_UNSUPPORTED',
    `Cannot write weights to ${path}: the name must end in .safetensors, .pth or .npz.`,
  );
}
