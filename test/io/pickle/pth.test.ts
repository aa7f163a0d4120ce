import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPth, withoutPrefix, writePth } from '../../../src/io/pickle/pth.js';
import { fromFloat32, type NamedArray } from '../../../src/io/tensors/safetensors.js';
import { writeZip } from '../../../src/io/zip/zip-write.js';
import { anyTensors, codeOf, describeTensors, goldenArrays, goldenFile } from '../support.js';

const STORABLE = ['BOOL', 'U8', 'I8', 'I16', 'F16', 'BF16', 'I32', 'F32', 'I64', 'F64'] as const;
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const zipped = (pickle: string): Uint8Array => writeZip([{ name: 'a/data.pkl', data: latin1(pickle) }]);
const legacy = (pickle: string): Uint8Array =>
  latin1(
    '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.' +
      `\x80\x02}X\r\0\0\0little_endian\x88s.${pickle}${pickle.endsWith('.') ? '\x80\x02].' : ''}`,
  );

describe('readPth', () => {
  const golden = goldenArrays();
  const names = Object.keys(golden).filter((name) => name.endsWith('.pth'));
  it.each(names)('reads what torch wrote: %s', (name) => {
    const { tensors } = readPth(goldenFile(name), name);
    expect(describeTensors(tensors)).toEqual(golden[name]);
  });

  it('keeps the order of the names', () => {
    const { tensors } = readPth(goldenFile('plain_zip.pth'), 'x');
    expect([...tensors.keys()].slice(0, 4)).toEqual(['w', 'b', 'half', 'brain']);
  });

  it('drops a prefix only when all names have it', () => {
    const one = fromFloat32(Float32Array.of(1));
    const file = (...names: string[]) => ({
      tensors: new Map(names.map((name) => [name, one])),
      metadata: new Map(),
    });
    expect([...withoutPrefix(file('module.a', 'module.b')).tensors.keys()]).toEqual(['a', 'b']);
    expect([...withoutPrefix(file('module.a', 'b')).tensors.keys()]).toEqual(['module.a', 'b']);
  });
});

const EVIL: readonly [string, string, string][] = [
  ['GLOBAL', '\x80\x02cos\nsystem\nX\x01\0\0\0a\x85R.', 'E_UNSAFE'],
  ['no tensor, but a device', '\x80\x02}X\x01\0\0\0dctorch\ndevice\nX\x03\0\0\0cpu\x85Rs.', 'E_FORMAT'],
  ['STACK_GLOBAL', '\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01a\x85R.', 'E_UNSAFE'],
  ['a dotted name below an allowed one', '\x80\x04\x8c\x05torch\x8c\x0cSize.__new__\x93.', 'E_UNSAFE'],
  ['a function of torch that runs code', '\x80\x02ctorch\nload\n.', 'E_UNSAFE'],
  ['INST', '\x80\x02(X\x01\0\0\0aios\nsystem\n.', 'E_UNSAFE'],
  ['OBJ', '\x80\x02(Nao.', 'E_FORMAT'],
  ['NEWOBJ', '\x80\x02ccollections\nOrderedDict\n)\x81.', 'E_UNSAFE'],
  ['EXT1', '\x80\x02\x82\x01.', 'E_UNSAFE'],
  ['BUILD of something that is no dict', '\x80\x02ccollections\nOrderedDict\nNb.', 'E_UNSAFE'],
  ['REDUCE of a storage class', '\x80\x02ctorch\nFloatStorage\nK\x05\x85R.', 'E_FORMAT'],
  ['REDUCE of a value', '\x80\x02K\x01)R.', 'E_FORMAT'],
  ['LONG4 of 2 GB', '\x80\x02\x8b\xff\xff\xff\x7f.', 'E_UNSUPPORTED'],
  ['a text of 4 GB', '\x80\x02X\xff\xff\xff\xff.', 'E_TOO_LARGE'],
  ['bytes of 4 GB', '\x80\x02B\xff\xff\xff\xff.', 'E_TRUNCATED'],
  ['an unknown protocol', '\x80\x09N.', 'E_UNSUPPORTED'],
  ['a value never remembered', '\x80\x02h\x05.', 'E_FORMAT'],
  ['an empty stack', '\x80\x02\x86.', 'E_FORMAT'],
  ['a mark never set', '\x80\x02t.', 'E_FORMAT'],
  ['no STOP', '\x80\x02N', 'E_TRUNCATED'],
  ['a list that holds itself', '\x80\x02]q\x00h\x00a.', 'E_UNSUPPORTED'],
  ['a dict that holds itself', '\x80\x02}q\x00X\x01\0\0\0ah\x00s.', 'E_FORMAT'],
  ['very many marks', `\x80\x02${'('.repeat(600_000)}.`, 'E_TOO_LARGE'],
  ['very many nested tuples', `\x80\x02)${'\x85'.repeat(600_000)}.`, 'E_TOO_LARGE'],
  ['very many memos', `\x80\x04N${'\x94'.repeat(600_000)}.`, 'E_TOO_LARGE'],
];

describe('a hostile pickle', () => {
  it.each(EVIL)('%s', { timeout: 10_000 }, (_, pickle, code) => {
    expect(codeOf(() => readPth(zipped(pickle), 'x.pth'))).toBe(code);
    expect(codeOf(() => readPth(legacy(pickle), 'x.pth'))).toBe(code);
    expect(codeOf(() => readPth(latin1(pickle), 'x.pkl'))).not.toBe('accepted');
  });

  it('of a text protocol is called unsafe too', () => {
    expect(codeOf(() => readPth(latin1("cos\nsystem\n(S'a'\ntR."), 'x.pkl'))).toBe('E_UNSAFE');
  });

  it('of shared references does not grow exponentially', () => {
    // Each dictionary holds the one before it twice: 2^40 ways down.
    const level = (k: number): string => {
      if (k === 0) return '}q\x00';
      const [below, own] = [k - 1, k].map((index) => String.fromCharCode(index));
      return `}(X\x01\0\0\0a${level(k - 1)}X\x01\0\0\0bh${below}uq${own}`;
    };
    expect(codeOf(() => readPth(zipped(`\x80\x02${level(40)}.`), 'x'))).toBe('E_TOO_LARGE');
  });

  it('cannot describe more data than a few times its file', () => {
    const valid = Buffer.from(writePth(new Map([['w', fromFloat32(Float32Array.of(1))]]))).toString('latin1');
    // shape (1,) stride (1,) becomes shape (2^30,) stride (0,): the pickle's numbers are BININT, four bytes each.
    const from = '(J\x01\0\0\0t(J\x01\0\0\0t';
    expect(valid).toContain(from);
    const pickle = valid
      .slice(valid.indexOf('\x80\x02'), valid.indexOf('u.') + 2)
      .replace(from, '(J\0\0\0\x40t(J\0\0\0\0t');
    const archive = writeZip([
      { name: 'archive/data.pkl', data: latin1(pickle) },
      { name: 'archive/data/0', data: new Uint8Array(4) },
    ]);
    expect(codeOf(() => readPth(archive, 'x'))).toBe('E_TOO_LARGE');
  });
});

describe('writePth', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(anyTensors(STORABLE), (tensors) => {
        fc.pre(tensors.size > 0);
        const { tensors: read } = readPth(writePth(tensors), 'x');
        expect([...read]).toEqual([...tensors]);
      }),
    );
  });

  it('refuses a type that torch has no storage for', () => {
    const tensors = new Map([['a', { dtype: 'U32', shape: [1], data: new Uint8Array(4) } as const]]);
    expect(codeOf(() => writePth(tensors))).toBe('E_UNSUPPORTED');
  });

  it('never lets one flipped bit change a tensor', () => {
    const tensors = new Map([
      ['w', fromFloat32(Float32Array.of(1, 2, 3, 4), [2, 2])],
      ['b', fromFloat32(Float32Array.of(5, 6), [2], 'F16')],
    ]);
    const bytes = writePth(tensors);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Uint8Array.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      // Dates, alignment and the like may change; the tensors may not.
      const read: Map<string, NamedArray>[] = [];
      if (codeOf(() => read.push(new Map(readPth(damaged, 'x').tensors))) !== 'accepted') continue;
      expect([...read[0]!], `bit ${bit}`).toEqual([...tensors]);
    }
  });
});
