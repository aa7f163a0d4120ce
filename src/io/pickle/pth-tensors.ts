import type { Refuse } from '../refuse.js';
import { bytesPerElement, elementCount, type NamedArray, plainBytes } from '../tensors/dtype.js';
import { isKind } from './pickle-machine.js';
import type { PickleDict, PickleValue, StorageRef, TensorRef } from './pickle-values.js';

/** Where training scripts put the weights inside a larger checkpoint, most specific first. */
const CONTAINERS = [
  'state_dict',
  'model_state_dict',
  'model',
  'net',
  'network',
  'params_ema',
  'params',
  'weights',
];
const MAX_DEPTH = 64;
const MAX_VISITS = 1_000_000;

const isTensor = (value: PickleValue | undefined): value is TensorRef =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor';

/**
 * The tensors of a checkpoint by name. Tensors directly in the dictionary win; else the first known container
 * (`state_dict`, `model`, …) that holds some; else all nested ones under dotted names. Numbers, texts and the like are
 * left out. @throws by `refuse` E_FORMAT when there is none, or when tensors lie in a list and so have no names
 */
export function collectTensors(root: PickleValue, refuse: Refuse): Map<string, TensorRef> {
  if (isTensor(root))
    throw refuse('E_UNSUPPORTED', 'it holds a single tensor without a name; save a state dict.');
  if (!isKind(root, 'dict')) {
    const what = isKind(root, 'list') || isKind(root, 'tuple') ? 'a list' : 'something else';
    throw refuse(
      'E_UNSUPPORTED',
      `it should hold a dictionary of tensors but holds ${what}; save a state dict.`,
    );
  }
  const found = new Map<string, TensorRef>();
  const budget = { visits: 0 };
  if (![...root.entries.values()].some(isTensor)) {
    for (const name of CONTAINERS) {
      const inner = root.entries.get(name);
      if (!isKind(inner, 'dict')) continue;
      flatten(inner, '', 0, found, budget, refuse);
      if (found.size > 0) return found;
    }
  }
  flatten(root, '', 0, found, budget, refuse);
  if (found.size === 0) throw refuse('E_FORMAT', 'it holds no tensor.');
  return found;
}

function flatten(
  dict: PickleDict,
  prefix: string,
  depth: number,
  found: Map<string, TensorRef>,
  budget: { visits: number },
  refuse: Refuse,
): void {
  if (depth > MAX_DEPTH) throw refuse('E_FORMAT', `its dictionaries are nested deeper than ${MAX_DEPTH}.`);
  for (const [key, value] of dict.entries) {
    if (++budget.visits > MAX_VISITS) throw refuse('E_TOO_LARGE', `it holds more than ${MAX_VISITS} values.`);
    const name = prefix + key;
    if (isTensor(value)) {
      if (found.has(name))
        throw refuse('E_DUPLICATE', `two of its tensors are called ${JSON.stringify(name)}.`);
      found.set(name, value);
    } else if (isKind(value, 'dict')) flatten(value, `${name}.`, depth + 1, found, budget, refuse);
    else if ((isKind(value, 'list') || isKind(value, 'tuple')) && value.items.some(isTensor)) {
      throw refuse('E_UNSUPPORTED', `its ${JSON.stringify(name)} is a list of tensors, which have no names.`);
    }
  }
}

/** The bytes of a whole storage. @throws by `refuse` when the file does not have them */
export type StorageBytes = (storage: StorageRef) => Uint8Array;

/**
 * Turns descriptions into arrays in C order. Contiguous tensors share memory with the file; others are copied, at most
 * `copyLimit` bytes in total, since strides of 0 let a tiny file describe any amount of data.
 * @throws by `refuse` E_TRUNCATED, E_FORMAT, E_TOO_LARGE
 */
export function materialise(
  tensors: ReadonlyMap<string, TensorRef>,
  storageBytes: StorageBytes,
  copyLimit: number,
  refuse: Refuse,
): Map<string, NamedArray> {
  const arrays = new Map<string, NamedArray>();
  let copied = 0;
  for (const [name, tensor] of tensors) {
    const { storage, shape, strides } = tensor;
    const size = bytesPerElement(storage.dtype);
    const label = `its tensor ${JSON.stringify(name)}`;
    const count = elementCount(shape);
    const extent = count === 0 ? 0 : elementCount([1 + lastElement(shape, strides)]);
    const first = storage.offset + tensor.offset;
    if (count === undefined || extent === undefined)
      throw refuse('E_FORMAT', `${label} has an impossible shape.`);
    if (!Number.isSafeInteger((first + extent) * size) || first + extent > storage.count) {
      throw refuse(
        'E_FORMAT',
        `${label} reaches to element ${first + extent} of a storage of ${storage.count}.`,
      );
    }
    const bytes = plainBytes(storageBytes(storage));
    if (bytes.byteLength !== storage.count * size) {
      throw refuse(
        'E_TRUNCATED',
        `${label} needs a storage of ${storage.count * size} bytes; there are ${bytes.byteLength}.`,
      );
    }
    const own = bytes.subarray(first * size, (first + extent) * size);
    const isContiguous = strides.every(
      (stride, i) => shape[i]! <= 1 || stride === elementCount(shape.slice(i + 1)),
    );
    if (!isContiguous && count > 0) {
      copied += count * size;
      if (copied > copyLimit) throw refuse('E_TOO_LARGE', `${label} repeats few bytes into ${count * size}.`);
    }
    const data = isContiguous || count === 0 ? own : gather(own, shape, strides, size, count);
    arrays.set(name, { dtype: storage.dtype, shape: [...shape], data });
  }
  return arrays;
}

/** Distance of the last element from the first, in elements. */
function lastElement(shape: readonly number[], strides: readonly number[]): number {
  return shape.reduce((sum, extent, i) => sum + (extent - 1) * strides[i]!, 0);
}

/** Copies strided elements into C order. */
function gather(
  bytes: Uint8Array,
  shape: readonly number[],
  strides: readonly number[],
  size: number,
  count: number,
): Uint8Array {
  const out = new Uint8Array(count * size);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to += size) {
    for (let k = 0; k < size; k++) out[to + k] = bytes[from * size + k]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
