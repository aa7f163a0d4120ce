import { endianness } from 'node:os';
import { CheckpointError } from '../../core/errors.js';

/** Element types that this library reads and writes. */
export type DType =
  | 'BOOL'
  | 'U8'
  | 'I8'
  | 'U16'
  | 'I16'
  | 'F16'
  | 'BF16'
  | 'U32'
  | 'I32'
  | 'F32'
  | 'U64'
  | 'I64'
  | 'F64';

/** One named array of a weights file. */
export interface NamedArray {
  readonly dtype: DType;
  /** Extents, slowest first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Raw little-endian elements in C order; may share memory with the file it was read from. */
  readonly data: Uint8Array;
}

/** A weights file in memory. Names are free text (`__proto__` and `../x` are legal): never use one as a path or key. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, NamedArray>;
  readonly metadata: ReadonlyMap<string, string>;
  /** True when the file carried a SHA-256 of itself and it matched. */
  readonly verified?: boolean;
}

const BYTES: Readonly<Record<DType, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};

/** Whether `name` is one of the element types above. */
export function isDType(name: unknown): name is DType {
  return typeof name === 'string' && Object.hasOwn(BYTES, name);
}

/** Bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return BYTES[dtype];
}

/** Number of elements of `shape`, or undefined when an extent is no whole number ≥ 0 or the product passes 2^53. */
export function elementCount(shape: readonly unknown[]): number | undefined {
  let count = 1;
  for (const extent of shape) {
    if (typeof extent !== 'number' || !Number.isSafeInteger(extent) || extent < 0 || Object.is(extent, -0)) {
      return undefined;
    }
    count *= extent;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/** Checks that `array.data` holds exactly the elements that its shape and type say. @throws CheckpointError E_FORMAT */
export function checkArray(array: NamedArray, name: string): void {
  const count = elementCount(array.shape);
  if (count === undefined || !isDType(array.dtype) || count * BYTES[array.dtype] !== array.data.byteLength) {
    throw new CheckpointError(
      'E_FORMAT',
      `Tensor "${name}" of type ${array.dtype} and shape [${array.shape}] cannot hold ${array.data.byteLength} bytes.`,
    );
  }
}

/** The same memory as a plain Uint8Array: a Buffer's `slice` shares memory where an array's copies. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Refuses a big-endian machine, on which the typed-array views here would give wrong numbers. */
export function requireLittleEndian(): void {
  if (endianness() !== 'LE') {
    throw new CheckpointError(
      'E_UNSUPPORTED',
      'Weights can be read and written on little-endian machines only.',
    );
  }
}
