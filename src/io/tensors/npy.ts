import { CheckpointError } from '../../core/errors.js';
import { type Refuse, refuseCheckpoint } from '../refuse.js';
import {
  bytesPerElement,
  checkArray,
  type DType,
  elementCount,
  type NamedArray,
  plainBytes,
  requireLittleEndian,
} from './dtype.js';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
const MAX_HEADER = 64 * 1024;

/** numpy's type codes without the byte order. BF16 has none. */
const CODES: ReadonlyMap<string, DType> = new Map([
  ['b1', 'BOOL'],
  ['u1', 'U8'],
  ['i1', 'I8'],
  ['u2', 'U16'],
  ['i2', 'I16'],
  ['f2', 'F16'],
  ['u4', 'U32'],
  ['i4', 'I32'],
  ['f4', 'F32'],
  ['u8', 'U64'],
  ['i8', 'I64'],
  ['f8', 'F64'],
]);

// The header is Python text; only the form that numpy writes, with any spaces, is understood: nothing is ever evaluated.
const HEADER =
  /^ *\{ *'descr' *: *'([<>|=])([a-zA-Z]\d{1,4})' *, *'fortran_order' *: *(True|False) *, *'shape' *: *\( *((?:\d{1,16}(?: *, *\d{1,16})*)?) *,? *\) *,? *\}[ \n]*$/;
const OBJECTS = /'descr' *: *'\|O/;
const OTHER_TYPE = /'descr' *: *(?:\[|'[<>|=]?[a-zA-Z])/;

/** Whether `bytes` begin like a .npy file. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/**
 * Reads a .npy array held in memory: plain numbers of either byte order and of C or Fortran order (both are turned into
 * little-endian C order). Object and record arrays are refused.
 * @param name file name for messages
 * @throws CheckpointError E_EMPTY, E_TRUNCATED, E_FORMAT, E_UNSUPPORTED, E_UNSAFE (Python objects)
 */
export function readNpy(bytes: Uint8Array, name: string): NamedArray {
  requireLittleEndian();
  const refuse = refuseCheckpoint(name);
  if (bytes.length === 0) throw refuse('E_EMPTY', 'the file is empty.');
  if (!isNpy(bytes)) throw refuse('E_FORMAT', 'it is no .npy file.');
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = buffer[6];
  if (version !== 1 && version !== 2 && version !== 3) {
    throw refuse('E_UNSUPPORTED', `it has the unknown .npy version ${version}.`);
  }
  const lengthBytes = version === 1 ? 2 : 4;
  if (buffer.length < 8 + lengthBytes) throw refuse('E_TRUNCATED', 'it ends inside its header.');
  const length = buffer.readUIntLE(8, lengthBytes);
  const start = 8 + lengthBytes + length;
  if (length > MAX_HEADER) throw refuse('E_FORMAT', `it claims a header of ${length} bytes.`);
  if (start > buffer.length) throw refuse('E_TRUNCATED', 'it ends inside its header.');
  const header = parseHeader(buffer.toString('latin1', 8 + lengthBytes, start), refuse);
  return order(buffer.subarray(start), header, refuse);
}

interface NpyHeader {
  readonly dtype: DType;
  readonly isBig: boolean;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  readonly bytes: number;
}

function parseHeader(text: string, refuse: Refuse): NpyHeader {
  const match = HEADER.exec(text);
  if (match === null) {
    if (OBJECTS.test(text))
      throw refuse(
        'E_UNSAFE',
        'it holds Python objects, which only running code could make; save plain numbers.',
      );
    if (OTHER_TYPE.test(text) && !/'descr' *: *'[<>|=][a-zA-Z]\d{1,4}'/.test(text))
      throw refuse('E_UNSUPPORTED', 'it holds records, texts or dates; only plain numbers are read.');
    throw refuse('E_FORMAT', 'its header is not one that numpy writes for plain numbers.');
  }
  const [, byteOrder, code = '', fortran, extents = ''] = match;
  const dtype = CODES.get(code);
  if (dtype === undefined) throw refuse('E_UNSUPPORTED', `it holds elements of numpy type "${code}".`);
  const shape = extents === '' ? [] : extents.split(',').map(Number);
  const bytes = elementCount([...shape, bytesPerElement(dtype)]);
  if (bytes === undefined || shape.length > 64) throw refuse('E_FORMAT', 'it has an impossible shape.');
  return { dtype, isBig: byteOrder === '>', isFortran: fortran === 'True', shape, bytes };
}

function order(raw: Buffer, header: NpyHeader, refuse: Refuse): NamedArray {
  const { dtype, shape, bytes } = header;
  if (raw.length < bytes) throw refuse('E_TRUNCATED', `its data has ${raw.length} of ${bytes} bytes.`);
  if (raw.length > bytes) throw refuse('E_FORMAT', `it holds ${raw.length - bytes} bytes behind its data.`);
  const size = bytesPerElement(dtype);
  let data: Uint8Array = plainBytes(raw);
  if (header.isBig && size > 1) {
    data = Uint8Array.from(raw);
    for (let at = 0; at < data.length; at += size) data.subarray(at, at + size).reverse();
  }
  if (header.isFortran && shape.length > 1) data = fromFortran(data, shape, size);
  return { dtype, shape, data };
}

/** Fortran order (first axis fastest) to C order. */
function fromFortran(data: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(data.length);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, size));
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to += size) {
    for (let k = 0; k < size; k++) out[to + k] = data[from + k]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/**
 * Writes an array as .npy version 1.0, byte for byte as `numpy.save` does.
 * @throws CheckpointError E_UNSUPPORTED for BF16, E_FORMAT when data and shape disagree
 */
export function writeNpy(array: NamedArray, name = 'array'): Uint8Array {
  requireLittleEndian();
  checkArray(array, name);
  const code = [...CODES].find(([, dtype]) => dtype === array.dtype)?.[0];
  if (code === undefined) {
    throw new CheckpointError(
      'E_UNSUPPORTED',
      `Array "${name}" of type ${array.dtype} cannot be stored as .npy.`,
    );
  }
  const byteOrder = bytesPerElement(array.dtype) === 1 ? '|' : '<';
  const shape = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(', ');
  const text = `{'descr': '${byteOrder}${code}', 'fortran_order': False, 'shape': (${shape}), }`;
  // numpy leaves room for the first extent to grow to 21 digits, then pads the whole head to a multiple of 64.
  const spare = array.shape.length === 0 ? 0 : 21 - String(array.shape[0]).length;
  const end = Math.ceil((10 + text.length + spare + 1) / 64) * 64;
  if (end - 10 > 0xffff) throw new CheckpointError('E_FORMAT', `Array "${name}" has too many axes.`);
  const head = Buffer.alloc(end, ' ');
  MAGIC.copy(head);
  head.set([1, 0], 6);
  head.writeUInt16LE(end - 10, 8);
  head.write(`${text}`, 10, 'latin1');
  head[end - 1] = 0x0a;
  return Buffer.concat([head, array.data]);
}
