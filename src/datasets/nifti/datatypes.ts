/** Arrays that hold voxels as they are stored, in this machine's byte order. */
export type NiftiData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** What one voxel is: a number, a complex number (2 components) or a colour (3 or 4). */
export type VoxelKind = 'real' | 'complex' | 'colour';

/** One NIfTI datatype that can be read and written. */
export interface NiftiDatatype {
  readonly name: string;
  readonly code: number;
  readonly kind: VoxelKind;
  /** Values per voxel. */
  readonly components: number;
  /** Bytes per component; the unit of byte order. */
  readonly bytes: number;
  /** Views `buffer` without copying; `byteOffset` must be a multiple of `bytes`. */
  readonly view: (buffer: ArrayBufferLike, byteOffset: number, length: number) => NiftiData;
}

function entry(
  name: string,
  code: number,
  array: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): NiftiData;
  },
  kind: VoxelKind = 'real',
  components = 1,
): NiftiDatatype {
  const view = (buffer: ArrayBufferLike, byteOffset: number, length: number) =>
    new array(buffer, byteOffset, length);
  return { name, code, kind, components, bytes: array.BYTES_PER_ELEMENT, view };
}

/** Every datatype that is read and written, by the names that nibabel uses. */
export const DATATYPES: readonly NiftiDatatype[] = [
  entry('uint8', 2, Uint8Array),
  entry('int16', 4, Int16Array),
  entry('int32', 8, Int32Array),
  entry('float32', 16, Float32Array),
  entry('complex64', 32, Float32Array, 'complex', 2),
  entry('float64', 64, Float64Array),
  entry('rgb24', 128, Uint8Array, 'colour', 3),
  entry('int8', 256, Int8Array),
  entry('uint16', 512, Uint16Array),
  entry('uint32', 768, Uint32Array),
  entry('int64', 1024, BigInt64Array),
  entry('uint64', 1280, BigUint64Array),
  entry('complex128', 1792, Float64Array, 'complex', 2),
  entry('rgba32', 2304, Uint8Array, 'colour', 4),
];

const REFUSED: Readonly<Record<number, string>> = {
  0: 'unknown',
  1: 'binary (1 bit)',
  1536: 'float128',
  2048: 'complex256',
};

/** The datatype with this code, or undefined. */
export function datatypeOf(code: number): NiftiDatatype | undefined {
  return DATATYPES.find((type) => type.code === code);
}

/** Says why a datatype code is not read. */
export function refusalOf(code: number): string {
  const name = REFUSED[code];
  return name === undefined
    ? `datatype ${code} is not one of NIfTI's`
    : `datatype ${code}, ${name}, has no array in JavaScript; convert the file to float64 or uint8`;
}

/** The real datatype that stores this kind of array; undefined for arrays that NIfTI cannot store. */
export function datatypeFor(data: NiftiData, components = 1): NiftiDatatype | undefined {
  if (components === 3 || components === 4) {
    return data instanceof Uint8Array ? datatypeOf(components === 3 ? 128 : 2304) : undefined;
  }
  const kind: VoxelKind = components === 2 ? 'complex' : 'real';
  return DATATYPES.find(
    (type) => type.kind === kind && type.view(new ArrayBuffer(0), 0, 0).constructor === data.constructor,
  );
}
