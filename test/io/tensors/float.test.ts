import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DType } from '../../../src/io/tensors/dtype.js';
import { fromFloat32, toFloat32 } from '../../../src/io/tensors/float.js';

const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const allHalves = Uint16Array.from({ length: 65_536 }, (_, i) => i);

function decode(dtype: DType, view: ArrayBufferView, length: number): number[] {
  return [...toFloat32({ dtype, shape: [length], data: bytesOf(view) })];
}

describe('half precision', () => {
  const decoded = toFloat32({ dtype: 'F16', shape: [65_536], data: bytesOf(allHalves) });

  it('decodes known numbers', () => {
    const known = [0x0000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x3555];
    expect(known.map((bits) => decoded[bits])).toEqual([
      0,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      1,
      -2,
      65_504,
      Infinity,
      -Infinity,
      0.333251953125,
    ]);
    expect(Object.is(decoded[0x8000], -0)).toBe(true);
    expect(decoded[0x7c01]).toBeNaN();
  });

  it('comes back from float32 for every number', () => {
    const again = new Uint16Array(fromFloat32(decoded, [65_536], 'F16').data.slice().buffer);
    const wrong = allHalves.filter((bits, i) =>
      Number.isNaN(decoded[i]) ? !Number.isNaN(decoded[again[i]!]) : again[i] !== bits,
    );
    expect([...wrong]).toEqual([]);
  });

  it('rounds to the nearest, ties to even', () => {
    const finite = fc.integer({ min: 0, max: 0x7bfe });
    fc.assert(
      fc.property(finite, fc.boolean(), (bits, negative) => {
        const sign = negative ? -1 : 1;
        const [low, high] = [decoded[bits]!, decoded[bits + 1]!];
        const middle = Math.fround((low + high) / 2);
        const nearest = (value: number) =>
          decode('F16', fromFloat32(Float32Array.of(sign * value), [1], 'F16').data, 1)[0]! * sign;
        expect(nearest(middle)).toBe(bits % 2 === 0 ? low : high);
        expect(nearest(Math.fround(low + (high - low) * 0.25))).toBe(low);
        expect(nearest(Math.fround(low + (high - low) * 0.75))).toBe(high);
      }),
    );
  });

  it('overflows to infinity from halfway past the largest number', () => {
    const values = Float32Array.of(65_519, 65_520, -1e9);
    expect(decode('F16', fromFloat32(values, [3], 'F16').data, 3)).toEqual([65_504, Infinity, -Infinity]);
  });
});

describe('bfloat16', () => {
  it('keeps what it can hold and rounds the rest to even', () => {
    const values = Float32Array.of(1, -2.5, 1 + 2 ** -8, 1 + 3 * 2 ** -8, Infinity, Number.NaN, 3.4e38);
    expect(decode('BF16', fromFloat32(values, [7], 'BF16').data, 7)).toEqual([
      1,
      -2.5,
      1,
      1 + 2 ** -6,
      Infinity,
      Number.NaN,
      Infinity,
    ]);
  });
});

describe('toFloat32', () => {
  const cases: [DType, ArrayBufferView, number[]][] = [
    ['BOOL', Uint8Array.of(0, 1, 255), [0, 1, 1]],
    ['U8', Uint8Array.of(0, 255), [0, 255]],
    ['I8', Int8Array.of(-128, 127), [-128, 127]],
    ['U16', Uint16Array.of(65_535), [65_535]],
    ['I16', Int16Array.of(-32_768), [-32_768]],
    ['U32', Uint32Array.of(2 ** 31), [2 ** 31]],
    ['I32', Int32Array.of(-5), [-5]],
    ['U64', BigUint64Array.of(2n ** 63n), [2 ** 63]],
    ['I64', BigInt64Array.of(-1n, 2n ** 40n), [-1, 2 ** 40]],
    ['F64', Float64Array.of(0.1), [Math.fround(0.1)]],
    ['F32', Float32Array.of(0.5), [0.5]],
  ];
  it.each(cases)('%s', (dtype, view, values) => expect(decode(dtype, view, values.length)).toEqual(values));

  it('reads data at any offset, also of a Buffer', () => {
    const shifted = Buffer.concat([Buffer.alloc(1), bytesOf(Float32Array.of(1.5, -2))]).subarray(1);
    expect([...toFloat32({ dtype: 'F32', shape: [2], data: shifted })]).toEqual([1.5, -2]);
  });

  it('refuses data that does not fill its shape', () => {
    expect(() => toFloat32({ dtype: 'F32', shape: [2], data: new Uint8Array(4) })).toThrow(
      'cannot hold 4 bytes',
    );
    expect(() => fromFloat32(Float32Array.of(1, 2), [3])).toThrow('cannot hold');
  });
});
