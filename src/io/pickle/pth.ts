import { describeStray, type Refuse, refuseCheckpoint } from '../refuse.js';
import { type NamedArray, requireLittleEndian, type TensorFile } from '../tensors/dtype.js';
import { isZip, openZipBytes } from '../zip/zip-bytes.js';
import { readPickle, refuseOldPickle } from './pickle.js';
import type { PickleValue } from './pickle-values.js';
import { LEGACY_MAGIC, readLegacy } from './pth-legacy.js';
import { collectTensors, materialise, type StorageBytes } from './pth-tensors.js';

export { writePth } from './pth-write.js';

/** A checkpoint whose pickle has been understood but whose tensors are still descriptions. */
interface Opened {
  readonly root: PickleValue;
  readonly storageBytes: StorageBytes;
}

/**
 * Reads a PyTorch checkpoint (`torch.save`) held in memory, in the zip form of 1.6 and later or the form before it.
 * The pickle inside is interpreted by an allow-list: nothing is imported, looked up or executed. Names are kept as saved
 * (`module.` too); see {@link collectTensors} for checkpoints that hold more than weights.
 * @param name file name for messages
 * @throws CheckpointError E_UNSAFE (asks for code), E_UNSUPPORTED, E_EMPTY, E_TRUNCATED, E_FORMAT, E_HASH (CRC-32),
 *   E_TOO_LARGE
 */
export function readPth(bytes: Uint8Array, name: string): TensorFile {
  requireLittleEndian();
  const refuse = refuseCheckpoint(name);
  if (bytes.length === 0) throw refuse('E_EMPTY', 'the file is empty.');
  const { root, storageBytes } = open(bytes, refuse);
  const copyLimit = 16 * 1024 * 1024 + 4 * bytes.length;
  const tensors = materialise(collectTensors(root, refuse), storageBytes, copyLimit, refuse);
  return { tensors, metadata: new Map() };
}

function open(bytes: Uint8Array, refuse: Refuse): Opened {
  if (isZip(bytes)) return openZipped(bytes, refuse);
  if (bytes[0] === 0x80) {
    // Any pickle is walked through, so that one that asks for code is called by its name.
    const { value, end } = readPickle(bytes, 0, refuse);
    if (value === LEGACY_MAGIC) return readLegacy(bytes, end, refuse);
    throw refuse('E_FORMAT', 'it is a pickle but not one that torch.save wrote.');
  }
  refuseOldPickle(bytes, refuse);
  throw refuse('E_FORMAT', `it is no PyTorch checkpoint: ${describeStray(bytes)}.`);
}

function openZipped(bytes: Uint8Array, refuse: Refuse): Opened {
  const zip = openZipBytes(bytes, refuse);
  const pickles = [...zip.entries.keys()].filter((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  const [pickleName] = pickles;
  if (pickleName === undefined || pickles.length > 1) {
    throw refuse('E_FORMAT', 'it is a zip archive but not one that torch.save wrote.');
  }
  const root = pickleName.slice(0, -'data.pkl'.length);
  // Every member is read, needed or not: that checks all CRCs, which torch itself does not.
  const contents = new Map<string, Uint8Array>();
  for (const [name, entry] of zip.entries) {
    if (entry.method !== 0)
      throw refuse('E_UNSUPPORTED', `its member "${name}" is compressed, which torch never does.`);
    contents.set(name, zip.read(entry));
  }
  const order = contents.get(`${root}byteorder`);
  if (order !== undefined && Buffer.from(order).toString('latin1') !== 'little') {
    throw refuse('E_UNSUPPORTED', 'it was written on a big-endian machine; save it again on a common one.');
  }
  return {
    root: readPickle(contents.get(pickleName)!, 0, refuse).value,
    storageBytes: ({ key }) => {
      const content = contents.get(`${root}data/${key}`);
      if (content === undefined) throw refuse('E_MISSING', `its storage "${key}" is missing.`);
      return content;
    },
  };
}

/** Tensors of `file` without a prefix that all names share (`module.` of data-parallel training), else unchanged. */
export function withoutPrefix(file: TensorFile, prefix = 'module.'): TensorFile {
  const names = [...file.tensors.keys()];
  if (names.length === 0 || !names.every((name) => name.startsWith(prefix))) return file;
  const tensors = new Map<string, NamedArray>();
  for (const [name, array] of file.tensors) tensors.set(name.slice(prefix.length), array);
  return { ...file, tensors };
}
