import {
  bytesPerElement,
  checkArray,
  type DType,
  elementCount,
  type NamedArray,
  requireLittleEndian,
} from './dtype.js';

let halves: Float32Array | undefined;

/** All 65,536 half-precision numbers: a look-up is several times faster than taking the bits apart each time. */
function halfTable(): Float32Array {
  if (halves !== undefined) return halves;
  const table = new Float32Array(65_536);
  for (let bits = 0; bits < 65_536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else if (exponent < 31) table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
    else table[bits] = fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  }
  halves = table;
  return table;
}

type View = new (buffer: ArrayBufferLike, offset: number, length: number) => ArrayLike<number | bigint>;

/** The bytes as elements: in place when they are aligned, else as a copy. */
function elements<V extends View>(make: V, array: NamedArray): InstanceType<V> {
  const size = bytesPerElement(array.dtype);
  const bytes = array.data.byteOffset % size === 0 ? array.data : Uint8Array.from(array.data);
  return new make(bytes.buffer, bytes.byteOffset, bytes.byteLength / size) as InstanceType<V>;
}

/**
 * The elements as float32, in C order. F32 data may share memory with `array`; copy before changing it.
 * 64-bit values are rounded to the nearest float32; BOOL gives 0 and 1.
 * @throws CheckpointError when shape and data disagree.
 */
export function toFloat32(array: NamedArray): Float32Array {
  requireLittleEndian();
  checkArray(array, 'array');
  switch (array.dtype) {
    case 'F32':
      return elements(Float32Array, array);
    case 'F16': {
      const table = halfTable();
      const bits = elements(Uint16Array, array);
      const out = new Float32Array(bits.length);
      for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]!]!;
      return out;
    }
    case 'BF16': {
      const bits = elements(Uint16Array, array);
      const out = new Uint32Array(bits.length);
      for (let i = 0; i < bits.length; i++) out[i] = bits[i]! << 16;
      return new Float32Array(out.buffer);
    }
    case 'F64':
      return Float32Array.from(elements(Float64Array, array));
    case 'BOOL':
      return Float32Array.from(array.data, (byte) => (byte === 0 ? 0 : 1));
    case 'U8':
      return Float32Array.from(array.data);
    case 'I8':
      return Float32Array.from(elements(Int8Array, array));
    case 'U16':
      return Float32Array.from(elements(Uint16Array, array));
    case 'I16':
      return Float32Array.from(elements(Int16Array, array));
    case 'U32':
      return Float32Array.from(elements(Uint32Array, array));
    case 'I32':
      return Float32Array.from(elements(Int32Array, array));
    case 'U64':
      return Float32Array.from(elements(BigUint64Array, array), Number);
    case 'I64':
      return Float32Array.from(elements(BigInt64Array, array), Number);
  }
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** Float32 bits to half-precision bits, ties to even; beyond 65,504 gives infinity, NaN stays NaN. */
function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  if (magnitude < 0x3880_0000) {
    // Subnormal half: adding 0.5 lets the hardware round the fraction into the last ten bits.
    scratchBits[0] = magnitude;
    scratch[0] = scratch[0]! + 0.5;
    return sign | (scratchBits[0]! - 0x3f00_0000);
  }
  const rounded = magnitude + 0x0fff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x3800_0000) >>> 13);
}

/** Float32 bits to bfloat16 bits, ties to even; NaN stays NaN. */
function brainBits(bits: number): number {
  if ((bits & 0x7fff_ffff) > 0x7f80_0000) return (bits >>> 16) | 0x0040;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/**
 * Packs float32 values as an array of `dtype` (default F32, which shares memory with `values`).
 * @throws CheckpointError when `shape` does not hold `values.length` elements.
 */
export function fromFloat32(
  values: Float32Array,
  shape: readonly number[] = [values.length],
  dtype: DType & ('F16' | 'BF16' | 'F32' | 'F64') = 'F32',
): NamedArray {
  requireLittleEndian();
  let packed: Uint8Array | Uint16Array | Float32Array | Float64Array = values;
  if (dtype === 'F64') packed = Float64Array.from(values);
  else if (dtype !== 'F32') {
    const bits = new Uint32Array(values.slice().buffer);
    const convert = dtype === 'F16' ? halfBits : brainBits;
    packed = new Uint16Array(bits.length);
    for (let i = 0; i < bits.length; i++) packed[i] = convert(bits[i]!);
  }
  const data = new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
  const array: NamedArray = { dtype, shape: [...shape], data };
  if (elementCount(shape) !== values.length) checkArray(array, 'array');
  return array;
}
