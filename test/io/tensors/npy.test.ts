import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../../src/io/tensors/npy.js';
import { readNpz, writeNpz } from '../../../src/io/tensors/npz.js';
import { anyTensors, codeOf, describeTensors, goldenArrays, goldenFile } from '../support.js';

const TYPES = ['BOOL', 'U8', 'I8', 'U16', 'I16', 'F16', 'U32', 'I32', 'F32', 'U64', 'I64', 'F64'] as const;

function npy(header: string, data = new Uint8Array(24), version = 1): Uint8Array {
  const head = Buffer.alloc(version === 1 ? 10 : 12);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  if (version === 1) head.writeUInt16LE(header.length, 8);
  else head.writeUInt32LE(header.length, 8);
  return Buffer.concat([head, Buffer.from(header, 'latin1'), data]);
}

const header = (descr: string, shape: string): string =>
  `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`;

const HOSTILE: readonly [string, Uint8Array, string][] = [
  ['an empty file', new Uint8Array(0), 'E_EMPTY'],
  ['another format', Buffer.from('PNG and so on'), 'E_FORMAT'],
  ['version 9', npy(header("'<f4'", '(2, 3)'), undefined, 9), 'E_UNSUPPORTED'],
  ['a cut in the head', npy(header("'<f4'", '(2, 3)')).subarray(0, 9), 'E_TRUNCATED'],
  ['a cut in the header', npy(header("'<f4'", '(2, 3)')).subarray(0, 40), 'E_TRUNCATED'],
  ['a cut in the data', npy(header("'<f4'", '(2, 3)')).subarray(0, -1), 'E_TRUNCATED'],
  ['bytes behind the data', npy(header("'<f4'", '(2, 2)')), 'E_FORMAT'],
  ['Python code', npy("__import__('os').system('true')\n"), 'E_FORMAT'],
  ['code in the shape', npy(header("'<f4'", '(2, f())')), 'E_FORMAT'],
  ['a negative extent', npy(header("'<f4'", '(-2, 3)')), 'E_FORMAT'],
  ['a shape that overflows', npy(header("'<f4'", '(4294967296, 4294967296)')), 'E_FORMAT'],
  ['a shape far beyond the data', npy(header("'<f4'", '(1000000, 1000000)')), 'E_TRUNCATED'],
  ['objects', npy(header("'|O'", '(2,)')), 'E_UNSAFE'],
  ['complex numbers', npy(header("'<c8'", '(3,)')), 'E_UNSUPPORTED'],
  ['records', npy(header("[('a', '<f4')]", '(6,)')), 'E_UNSUPPORTED'],
  ['texts', npy(header("'<U3'", '(2,)')), 'E_UNSUPPORTED'],
  ['a header of 4 GB', Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\xff', 'latin1'), 'E_FORMAT'],
  ['a header that takes long to match', npy(`${' '.repeat(60_000)}{`), 'E_FORMAT'],
];

describe('readNpy', () => {
  it.each(HOSTILE)('refuses %s', (_, bytes, code) => expect(codeOf(() => readNpy(bytes, 'x'))).toBe(code));

  it('reads versions 2 and 3', () => {
    for (const version of [2, 3]) {
      expect(readNpy(npy(header("'<f4'", '(2, 3)'), undefined, version), 'x').shape).toEqual([2, 3]);
    }
  });

  it('writes what numpy writes, byte for byte', () => {
    const golden = goldenFile('f4.npy');
    expect(new Uint8Array(writeNpy(readNpy(golden, 'x')))).toEqual(golden);
  });
});

describe('npz', () => {
  it('reads what numpy wrote, either byte order and either axis order', () => {
    expect(describeTensors(readNpz(goldenFile('arrays.npz'), 'x').tensors)).toEqual(
      goldenArrays()['arrays.npz'],
    );
  });

  it('gives back what was written', () => {
    fc.assert(
      fc.property(anyTensors(TYPES), (tensors) => {
        fc.pre([...tensors.keys()].every((name) => !/[\0\p{Surrogate}]/u.test(name)));
        expect(new Map(readNpz(writeNpz(tensors), 'x').tensors)).toEqual(tensors);
      }),
    );
  });

  it('never lets one flipped bit change an array', () => {
    const bytes = goldenFile('arrays.npz');
    const golden = goldenArrays()['arrays.npz'];
    for (let bit = 0; bit < bytes.length * 8; bit += 5) {
      const damaged = Uint8Array.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const read: unknown[] = [];
      if (codeOf(() => read.push(describeTensors(readNpz(damaged, 'x').tensors))) !== 'accepted') continue;
      expect(read[0], `bit ${bit}`).toEqual(golden);
    }
  });

  it('refuses more than the limit', () => {
    expect(codeOf(() => readNpz(goldenFile('arrays.npz'), 'x', 500))).toBe('E_TOO_LARGE');
  });

  it('has no place for bfloat16', () => {
    const tensors = new Map([['a', { dtype: 'BF16', shape: [1], data: new Uint8Array(2) } as const]]);
    expect(codeOf(() => writeNpz(tensors))).toBe('E_UNSUPPORTED');
  });
});
