import { EngineError } from '../../core/errors.js';
import type { CApi, Pointer } from './capi.js';
import { DataType, ELEMENT_BYTES } from './data-type.js';

/** Values that a tensor is made from or read into: a typed array, or the bytes of each string. */
export type Values = Exclude<ArrayBufferView, DataView> | readonly Uint8Array[];

const TSTRING_BYTES = 24; // sizeof(TF_TString)

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** A TF_Tensor holding a copy of `values`; whoever asks deletes it. */
export function allocateTensor(
  { functions: c, write }: CApi,
  shape: readonly number[],
  dtype: number,
  values: Values,
): Pointer {
  const count = elements(shape);
  const dims = BigInt64Array.from(shape, BigInt);
  if (!ArrayBuffer.isView(values)) {
    const tensor: Pointer = c.allocateTensor(dtype, dims, shape.length, count * TSTRING_BYTES);
    const data: Pointer = c.tensorData(tensor);
    values.forEach((text, index) => {
      const slot = data + BigInt(index * TSTRING_BYTES);
      c.stringInit(slot);
      c.stringCopy(slot, text, text.length);
    });
    return tensor;
  }
  const bytes = count * (ELEMENT_BYTES[dtype] ?? Number.NaN);
  if (values.byteLength !== bytes) {
    throw new EngineError(
      'E_SHAPE',
      `Expected ${bytes} bytes for a tensor of shape [${shape}] and type ${dtype} but received ${values.byteLength}.`,
    );
  }
  const tensor: Pointer = c.allocateTensor(dtype, dims, shape.length, bytes);
  // A zero-byte tensor has no address to write to.
  if (bytes > 0) write(c.tensorData(tensor), new Uint8Array(values.buffer, values.byteOffset, bytes));
  return tensor;
}

/** A copy of a TF_Tensor's values; 16-bit floats come as their bits. */
export function readTensor({ functions: c, view, read }: CApi, tensor: Pointer, dtype: number): Values {
  const bytes = Number(c.tensorBytes(tensor));
  const data: Pointer = bytes === 0 ? 0n : c.tensorData(tensor);
  if (dtype === DataType.STRING) {
    return Array.from({ length: bytes / TSTRING_BYTES }, (_, index) => {
      const slot = data + BigInt(index * TSTRING_BYTES);
      const size = Number(c.stringSize(slot));
      return size === 0 ? new Uint8Array() : new Uint8Array(view(c.stringPointer(slot), size)).slice();
    });
  }
  const copy = bytes === 0 ? new ArrayBuffer(0) : read(data, bytes).buffer;
  switch (dtype) {
    case DataType.FLOAT:
    case DataType.COMPLEX64:
      return new Float32Array(copy);
    case DataType.DOUBLE:
      return new Float64Array(copy);
    case DataType.INT32:
      return new Int32Array(copy);
    case DataType.INT64:
      return new BigInt64Array(copy);
    case DataType.BFLOAT16:
    case DataType.HALF:
      return new Uint16Array(copy);
    default:
      return new Uint8Array(copy);
  }
}
