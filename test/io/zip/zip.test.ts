import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuseStorage } from '../../../src/io/refuse.js';
import { openZip } from '../../../src/io/zip/zip.js';
import { openZipBytes } from '../../../src/io/zip/zip-bytes.js';
import { writeZip } from '../../../src/io/zip/zip-write.js';
import { codeOf, goldenFile, temporaryFolder } from '../support.js';

const text = Buffer.from('some text, some text, some text, some text');

/** `bytes` as an archive whose single member is deflated, made from the stored one by hand. */
function deflated(data: Uint8Array): Buffer {
  const packed = deflateRawSync(data);
  const archive = Buffer.from(writeZip([{ name: 'a', data }]));
  const start = 31;
  const out = Buffer.concat([archive.subarray(0, start), packed, archive.subarray(start + data.length)]);
  const directory = start + packed.length;
  for (const [at, sizes] of [
    [0, 18],
    [directory, 20],
  ] as const) {
    out.writeUInt16LE(8, at + (at === 0 ? 8 : 10));
    out.writeUInt32LE(packed.length, at + sizes);
  }
  out.writeUInt32LE(directory, out.length - 6);
  return out;
}

async function archiveFile(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'a.zip');
  await writeFile(path, bytes);
  return path;
}

describe('openZip', () => {
  it.each([
    ['stored', writeZip([{ name: 'a', data: text }])],
    ['deflated', deflated(text)],
  ])('extracts a %s entry', async (_, bytes) => {
    const path = await archiveFile(bytes);
    const zip = await openZip(path);
    const entry = zip.entries.get('a')!;
    const progress: number[] = [];
    const result = await zip.extractTo(entry, `${path}.out`, { onProgress: (done) => progress.push(done) });
    expect(await readFile(`${path}.out`)).toEqual(text);
    expect(result.bytes).toBe(text.length);
    expect(progress.at(-1)).toBe(text.length);
    expect(await zip.read(entry)).toEqual(text);
    await expect(zip.read(entry, 3)).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
    await zip.close();
  });

  it('leaves nothing behind when the content is damaged', async () => {
    for (const bytes of [Buffer.from(writeZip([{ name: 'a', data: text }])), deflated(text)]) {
      bytes[35]! ^= 1;
      const path = await archiveFile(bytes);
      const zip = await openZip(path);
      await expect(zip.extractTo(zip.entries.get('a')!, `${path}.out`)).rejects.toMatchObject({
        code: expect.stringMatching(/E_HASH|E_FORMAT|E_TRUNCATED/),
      });
      await expect(readFile(`${path}.out`)).rejects.toThrow('ENOENT');
      await zip.close();
    }
  });

  it('stops when asked', async () => {
    const path = await archiveFile(writeZip([{ name: 'a', data: text }]));
    const zip = await openZip(path);
    const signal = AbortSignal.abort();
    await expect(zip.extractTo(zip.entries.get('a')!, `${path}.out`, { signal })).rejects.toThrow('abort');
    await zip.close();
  });

  it.each([
    ['nothing', 0, 'E_EMPTY'],
    ['half', 60, 'E_TRUNCATED'],
  ])('refuses %s of an archive', async (_, length, code) => {
    const path = await archiveFile(writeZip([{ name: 'a', data: text }]).subarray(0, length));
    await expect(openZip(path)).rejects.toMatchObject({ code });
  });

  it('finds no missing file', async () => {
    await expect(openZip(join(await temporaryFolder(), 'none.zip'))).rejects.toMatchObject({
      code: 'E_PATH',
    });
  });
});

describe('a hostile archive', () => {
  const refuse = refuseStorage('x.zip');
  const open = (bytes: Uint8Array) =>
    codeOf(() => {
      const zip = openZipBytes(bytes, refuse);
      for (const entry of zip.entries.values()) zip.read(entry);
    });
  const two = () =>
    Buffer.from(
      writeZip([
        { name: 'a', data: text },
        { name: 'b', data: text },
      ]),
    );
  const second = (bytes: Buffer) => bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));

  it('with a name twice is refused', () => {
    const bytes = two();
    bytes[bytes.length - 23] = 0x61; // the second directory record's name
    expect(open(bytes)).toBe('E_DUPLICATE');
  });

  it('with overlapping entries is refused', () => {
    const bytes = two();
    bytes.writeUInt32LE(0, second(bytes) + 42);
    expect(open(bytes)).toBe('E_FORMAT');
  });

  it('with an entry beyond the directory is refused', () => {
    const bytes = two();
    bytes.writeUInt32LE(5_000, second(bytes) + 20);
    bytes.writeUInt32LE(5_000, second(bytes) + 24);
    expect(open(bytes)).toBe('E_FORMAT');
  });

  it('that is encrypted is refused', () => {
    const bytes = two();
    bytes[second(bytes) + 8]! |= 1;
    expect(open(bytes)).toBe('E_UNSUPPORTED');
  });

  it('that inflates to more than it says is refused', () => {
    const bomb = deflated(Buffer.alloc(1_000_000));
    const directory = bomb.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    bomb.writeUInt32LE(1_000, directory + 24);
    expect(open(bomb)).toBe('E_FORMAT');
  });

  it('never crashes the reader', () => {
    const golden = goldenFile('plain_zip.pth');
    const damage = fc.array(fc.tuple(fc.nat(golden.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, fc.nat(golden.length), fc.boolean(), (changes, length, cut) => {
        const bytes = Uint8Array.from(cut ? golden.subarray(0, length) : golden);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        open(bytes); // codeOf lets any error through that is not this library's own
      }),
      { numRuns: 500 },
    );
  });
});

describe('writeZip', () => {
  it('aligns every member', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (contents) => {
        const bytes = writeZip(
          contents.map((data, i) => ({ name: `n${i}`, data })),
          64,
        );
        const zip = openZipBytes(bytes, refuseStorage('x'));
        for (const [i, data] of contents.entries()) {
          const read = zip.read(zip.entries.get(`n${i}`)!);
          expect((read.byteOffset - bytes.byteOffset) % 64).toBe(0);
          expect(new Uint8Array(read)).toEqual(data);
        }
      }),
    );
  });
});
