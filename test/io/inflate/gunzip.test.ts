import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gunzipFile } from '../../../src/io/inflate/gunzip.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuemix-gunzip-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What our own code makes of a file; undefined where it leaves it to zlib. */
async function gunzip(bytes: Uint8Array): Promise<Buffer | undefined> {
  const path = join(folder, 'file.gz');
  await writeFile(path, bytes);
  const pieces: Buffer[] = [];
  const take = (piece: Uint8Array) => pieces.push(Buffer.from(piece)) > 0;
  return (await gunzipFile(path, take)) ? Buffer.concat(pieces) : undefined;
}

/** Values of many kinds: runs, near and far repetitions, noise of 1 to 8 bits, steps of 16 bits. */
function content(kind: number, length: number): Buffer {
  const noise = (at: number) => Math.imul(at ^ (at >>> 7), 0x9e3779b1) >>> 24;
  const values = [
    () => 7,
    (at: number) => at % 3,
    (at: number) => noise(at) >>> (8 - (at % 9)),
    (at: number) => (at % 2 === 0 ? noise(at) : 4),
    (at: number) => noise(at % 32768),
    (at: number) => (at >>> 9) + (noise(at) >>> 6),
    noise,
  ];
  return Buffer.from(Uint8Array.from({ length }, (_, at) => values[kind]!(at)));
}

const { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
const member = fc.record({
  kind: fc.nat(6),
  length: fc.oneof(fc.nat(300), fc.nat(600_000)),
  level: fc.nat(9),
  strategy: fc.constantFrom(Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE),
});

describe('gunzipFile', () => {
  it('gives what was compressed, however it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(member, { minLength: 1, maxLength: 3 }), async (members) => {
        const plain = members.map(({ kind, length }) => content(kind, length));
        const packed = Buffer.concat(members.map((options, at) => gzipSync(plain[at]!, options)));
        const whole = Buffer.concat(plain);
        expect((await gunzip(packed))?.equals(whole)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('never takes damaged, cut or lengthened files for good', async () => {
    const plain = content(5, 40_000);
    const packed = gzipSync(plain);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: packed.length - 1 }), fc.nat(7), async (at, bit) => {
        const broken = Buffer.from(packed);
        broken[at]! ^= 1 << bit;
        const result = await gunzip(broken);
        // Some bits mean nothing: a date, what fills up the last byte.
        if (result !== undefined) expect(result.equals(plain)).toBe(true);
        expect(await gunzip(packed.subarray(0, at))).toBeUndefined();
      }),
      { numRuns: 150 },
    );
    for (const more of [Buffer.from('more'), Buffer.alloc(9), packed.subarray(0, 30)])
      expect(await gunzip(Buffer.concat([packed, more]))).toBeUndefined();
  });

  it('reads names and comments, and leaves rarer headers to zlib', async () => {
    const body = deflateRawSync('abc');
    const trailer = gzipSync('abc').subarray(-8);
    const file = (flags: number, extra: string) =>
      Buffer.concat([Buffer.from([31, 139, 8, flags, 0, 0, 0, 0, 0, 3]), Buffer.from(extra), body, trailer]);
    expect(String(await gunzip(file(0, '')))).toBe('abc');
    expect(String(await gunzip(file(24, 'name\0comment\0')))).toBe('abc');
    expect(await gunzip(file(8, 'x'.repeat(2000)))).toBeUndefined();
    expect(await gunzip(file(4, '\x02\0ab'))).toBeUndefined();
  });

  it('survives any bytes for a stream', async () => {
    const header = Buffer.from([31, 139, 8, 0, 0, 0, 0, 0, 0, 3]);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 4000 }), async (bytes) => {
        expect(await gunzip(Buffer.concat([header, bytes]))).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('stops when nothing more is wanted, and when it is told', async () => {
    const path = join(folder, 'long.gz');
    await writeFile(path, gzipSync(Buffer.alloc(50_000_000)));
    let calls = 0;
    expect(await gunzipFile(path, () => ++calls < 3)).toBe(false);
    expect(calls).toBe(3);
    const reason = new Error('enough');
    await expect(gunzipFile(path, () => true, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
