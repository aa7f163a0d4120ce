import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFloat32, readSafetensors, writeSafetensors } from '../../../src/io/tensors/safetensors.js';
import { anyTensors, codeOf, describeTensors, goldenArrays, goldenFile } from '../support.js';

const DATA = Uint8Array.from({ length: 24 }, (_, i) => i);
const GOOD =
  '{"__metadata__":{"a":"b"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},' +
  '"b":{"dtype":"I64","shape":[1],"data_offsets":[16,24]}}';

function file(header: string | Uint8Array, data: Uint8Array = DATA, length?: bigint): Uint8Array {
  const text = Buffer.from(header);
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([head, text, data]);
}

const swap = (from: string, to: string): string => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};

const nested = (depth: number) =>
  swap('"dtype":"F32"', `"dtype":"F32","x":${'['.repeat(depth)}${']'.repeat(depth)}`);

// What the reference reader (Python, 0.8) does with each of these; the same outcome is asked of ours.
const REFUSED: readonly [string, () => Uint8Array, string][] = [
  ['a header longer than the file', () => file(GOOD, DATA, 10_000n), 'E_TRUNCATED'],
  ['a header beyond 100 MB', () => file(GOOD, DATA, 100_000_001n), 'E_FORMAT'],
  ['a header length beyond 2^53', () => file(GOOD, DATA, 2n ** 64n - 1n), 'E_FORMAT'],
  ['a header of length 0', () => file(''), 'E_FORMAT'],
  ['a file of 3 bytes', () => DATA.subarray(0, 3), 'E_TRUNCATED'],
  ['an empty file', () => DATA.subarray(0, 0), 'E_EMPTY'],
  ['a header that is no JSON', () => file(`${GOOD}//`), 'E_FORMAT'],
  ['a header that is a list', () => file('[]'), 'E_FORMAT'],
  ['a zero byte behind the JSON', () => file(`${GOOD}\0`), 'E_FORMAT'],
  ['a byte order mark', () => file(`\ufeff${GOOD}`), 'E_FORMAT'],
  ['a header that is not UTF-8', () => file(Buffer.from(swap('"b"}', '"\xff"}'), 'latin1')), 'E_FORMAT'],
  ['overlapping tensors', () => file(swap('[16,24]', '[8,16]'), DATA.subarray(0, 16)), 'E_FORMAT'],
  ['a hole', () => file(swap('[16,24]', '[17,25]'), Uint8Array.of(...DATA, 0)), 'E_FORMAT'],
  ['trailing bytes', () => file(GOOD, Uint8Array.of(...DATA, 0)), 'E_FORMAT'],
  ['missing bytes', () => file(GOOD, DATA.subarray(0, 23)), 'E_TRUNCATED'],
  ['a shape unlike its offsets', () => file(swap('[2,2]', '[2,3]')), 'E_FORMAT'],
  ['a shape that overflows', () => file(swap('[2,2]', '[4294967296,4294967296]')), 'E_FORMAT'],
  ['a negative extent', () => file(swap('[2,2]', '[-2,-2]')), 'E_FORMAT'],
  ['minus zero', () => file(swap('[0,16]', '[-0,16]')), 'E_FORMAT'],
  ['a begin behind its end', () => file(swap('[0,16]', '[16,0]')), 'E_FORMAT'],
  ['an unknown type', () => file(swap('"F32"', '"Q9"')), 'E_UNSUPPORTED'],
  ['metadata that is not text', () => file(swap('"b"}', '3}')), 'E_FORMAT'],
  ['metadata that is a list', () => file(swap('{"a":"b"}', '[]')), 'E_FORMAT'],
  ['deep nesting', () => file(nested(200)), 'E_FORMAT'],
  ['an extent 2.0', () => file(swap('[2,2]', '[2.0,2]')), 'E_FORMAT'],
  ['an extent 2e0', () => file(swap('[2,2]', '[2e0,2]')), 'E_FORMAT'],
  ['three offsets', () => file(swap('[0,16]', '[0,16,16]')), 'E_FORMAT'],
  ['no type', () => file(swap('"dtype":"F32",', '')), 'E_UNSUPPORTED'],
  ['a name that is no Unicode', () => file(swap('"b":', '"\\ud800":')), 'E_FORMAT'],
];

const ACCEPTED: readonly [string, () => Uint8Array, readonly string[]][] = [
  ['the plain file', () => file(GOOD), ['a', 'b']],
  ['blanks before the JSON', () => file(`  \n${GOOD}`), ['a', 'b']],
  ['blanks behind the JSON', () => file(`${GOOD}   `), ['a', 'b']],
  [
    'a name given twice alike',
    () => file(`${GOOD.slice(0, -1)},"b":{"dtype":"I64","shape":[1],"data_offsets":[16,24]}}`),
    ['a', 'b'],
  ],
  [
    'a tensor without elements',
    () => file(swap('"b":', '"z":{"dtype":"F16","shape":[0,3],"data_offsets":[16,16]},"b":')),
    ['a', 'z', 'b'],
  ],
  ['no tensors', () => file('{}', DATA.subarray(0, 0)), []],
  ['a field that nobody knows', () => file(swap('"dtype":"F32"', '"dtype":"F32","x":1.5')), ['a', 'b']],
  ['a scalar', () => file(swap('[1]', '[]')), ['a', 'b']],
  ['the name ../x', () => file(swap('"b":', '"../x":')), ['a', '../x']],
  ['the name __proto__', () => file(swap('"b":', '"__proto__":')), ['a', '__proto__']],
  ['metadata null', () => file(swap('{"a":"b"}', 'null')), ['a', 'b']],
  ['moderate nesting', () => file(nested(100)), ['a', 'b']],
];

describe('readSafetensors', () => {
  it.each(REFUSED)('refuses %s', (_, make, code) =>
    expect(codeOf(() => readSafetensors(make(), 'x'))).toBe(code),
  );

  it.each(ACCEPTED)('accepts %s', (_, make, names) => {
    expect([...readSafetensors(make(), 'x').tensors.keys()]).toEqual(names);
  });

  it('reads what the reference library wrote', () => {
    const { tensors, metadata, verified } = readSafetensors(
      goldenFile('plain.safetensors'),
      'plain.safetensors',
    );
    expect(describeTensors(tensors)).toEqual(goldenArrays()['plain.safetensors']);
    expect([...metadata]).toEqual([['format', 'pt']]);
    expect(verified).toBe(false);
  });

  it('names the file in its message', () => {
    expect(() => readSafetensors(DATA.subarray(0, 3), 'some/file.safetensors')).toThrow(
      'some/file.safetensors',
    );
  });
});

const ALL = [
  'BOOL',
  'U8',
  'I8',
  'U16',
  'I16',
  'F16',
  'BF16',
  'U32',
  'I32',
  'F32',
  'U64',
  'I64',
  'F64',
] as const;
const NOTES = new Map([
  ['format', 'cuemix test'],
  ['__proto__', 'x'],
  ['quote"', '\n"cuemix.sha256":"'],
]);

describe('writeSafetensors', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(anyTensors(ALL), fc.boolean(), (tensors, hash) => {
        const file = readSafetensors(writeSafetensors(tensors, NOTES, { hash }), 'x');
        expect(new Map(file.tensors)).toEqual(tensors);
        expect(new Map(file.metadata)).toEqual(NOTES);
        expect(file.verified).toBe(hash);
      }),
    );
  });

  it('gives the same bytes whatever the order', () => {
    fc.assert(
      fc.property(anyTensors(ALL), (tensors) => {
        const reversed = new Map([...tensors].reverse());
        expect(writeSafetensors(reversed, new Map([...NOTES].reverse()))).toEqual(
          writeSafetensors(tensors, NOTES),
        );
      }),
    );
  });

  it('aligns the data', () => {
    const tensors = new Map([
      ['a', fromFloat32(Float32Array.of(1))],
      ['b', fromFloat32(Float32Array.of(1), [1], 'F16')],
    ]);
    const { tensors: read } = readSafetensors(writeSafetensors(tensors), 'x');
    expect(read.get('a')!.data.byteOffset % 8).toBe(0);
  });

  it('refuses data that does not fill its shape', () => {
    const wrong = new Map([['a', { dtype: 'F32', shape: [3], data: DATA } as const]]);
    expect(codeOf(() => writeSafetensors(wrong))).toBe('E_FORMAT');
  });
});

describe('a file with its own hash', () => {
  const tensors = new Map([
    ['conv.weight', fromFloat32(Float32Array.from({ length: 27 }, Math.sin), [3, 3, 3])],
    ['conv.bias', fromFloat32(Float32Array.of(1, 2, 3), [3], 'F16')],
  ]);
  const bytes = writeSafetensors(tensors, new Map([['epoch', '7']]));

  it('never lets one flipped bit pass', () => {
    let flips = 0;
    const accepted: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Uint8Array.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      flips++;
      if (codeOf(() => readSafetensors(damaged, 'x')) === 'accepted') accepted.push(bit);
    }
    expect(flips).toBeGreaterThan(3_000);
    expect(accepted).toEqual([]);
  });

  it('never lets a cut pass', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(
        codeOf(() => readSafetensors(bytes.subarray(0, length), 'x')),
        `cut at ${length}`,
      ).not.toBe('accepted');
    }
  });
});
