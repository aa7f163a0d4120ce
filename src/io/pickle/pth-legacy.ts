import type { Refuse } from '../refuse.js';
import { bytesPerElement } from '../tensors/dtype.js';
import { readPickle } from './pickle.js';
import { isKind } from './pickle-machine.js';
import type { PickleValue } from './pickle-values.js';
import type { StorageBytes } from './pth-tensors.js';

/** The number in the first pickle of every file that torch.save wrote before 1.6. */
export const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/**
 * Reads the form before PyTorch 1.6: five pickles (magic, protocol, system, object, storage keys), then for each key its
 * element count as a 64-bit number and its raw elements.
 * @param bytes the whole file
 * @param start end of the pickle with the magic number
 * @throws by `refuse` as {@link readPickle}, and E_UNSUPPORTED for big-endian files
 */
export function readLegacy(
  bytes: Uint8Array,
  start: number,
  refuse: Refuse,
): { root: PickleValue; storageBytes: StorageBytes } {
  const protocol = readPickle(bytes, start, refuse);
  if (protocol.value !== PROTOCOL)
    throw refuse('E_UNSUPPORTED', `it has the unknown protocol ${String(protocol.value)}.`);
  const system = readPickle(bytes, protocol.end, refuse);
  if (!isKind(system.value, 'dict') || system.value.entries.get('little_endian') !== true) {
    throw refuse('E_UNSUPPORTED', 'it was written on a big-endian machine; save it again on a common one.');
  }
  const object = readPickle(bytes, system.end, refuse);
  const keys = readPickle(bytes, object.end, refuse);
  if (!isKind(keys.value, 'list')) throw refuse('E_FORMAT', 'its list of storages is not a list.');
  // A storage's length in bytes follows from its type, which only the pickle knows: so they are found in file order.
  const order = keys.value.items.map(String);
  const starts = new Map<string, number>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const types = storageTypes(object.value);
  let at = keys.end;
  for (const key of order) {
    const size = types.get(key);
    if (size === undefined || starts.has(key))
      throw refuse('E_FORMAT', `its storage "${key}" belongs to no tensor.`);
    if (at + 8 > bytes.length) throw refuse('E_TRUNCATED', `it ends before its storage "${key}".`);
    const count = view.getBigUint64(at, true);
    if (count > BigInt(bytes.length))
      throw refuse('E_TRUNCATED', `its storage "${key}" claims ${count} elements.`);
    starts.set(key, at + 8);
    at += 8 + Number(count) * size;
    if (at > bytes.length) throw refuse('E_TRUNCATED', `it ends inside its storage "${key}".`);
  }
  if (at !== bytes.length)
    throw refuse('E_FORMAT', `it holds ${bytes.length - at} bytes that belong to no storage.`);
  return {
    root: object.value,
    storageBytes: ({ key, count, dtype }) => {
      const at = starts.get(key);
      if (at === undefined) throw refuse('E_MISSING', `its storage "${key}" is missing.`);
      const written = Number(view.getBigUint64(at - 8, true));
      if (written !== count) {
        throw refuse(
          'E_FORMAT',
          `its storage "${key}" has ${written} elements where the tensors expect ${count}.`,
        );
      }
      return bytes.subarray(at, at + count * bytesPerElement(dtype));
    },
  };
}

/** Element size of every storage that a value refers to, by key. */
function storageTypes(root: PickleValue): Map<string, number> {
  const sizes = new Map<string, number>();
  const seen = new Set<PickleValue>();
  const open: PickleValue[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array || seen.has(value))
      continue;
    seen.add(value);
    if (value.kind === 'tensor') sizes.set(value.storage.key, bytesPerElement(value.storage.dtype));
    else if (value.kind === 'storage') sizes.set(value.key, bytesPerElement(value.dtype));
    else if (value.kind === 'dict') for (const item of value.entries.values()) open.push(item);
    else if (value.kind !== 'global') for (const item of value.items) open.push(item);
  }
  return sizes;
}
