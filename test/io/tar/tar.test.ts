import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/io/files/hash.js';
import { groupSamples, openTar, splitMemberName, type TarMember, writeTar } from '../../../src/io/tar/tar.js';
import { temporaryFolder } from '../support.js';

const members: TarMember[] = [
  { name: '000000.jpg', data: Buffer.alloc(700, 7) },
  { name: '000000.json', data: '{"class":3}' },
  { name: '000001.jpg', data: Buffer.alloc(0) },
  { name: `${'long/'.repeat(50)}ünï.jpg`, data: 'long name' },
];

async function* stream(items: readonly TarMember[]): AsyncGenerator<TarMember> {
  yield* items;
}

async function contents(path: string): Promise<[string, string][]> {
  const archive = await openTar(path);
  const found: [string, string][] = [];
  for (const entry of archive.entries.values())
    found.push([entry.name, (await archive.read(entry)).toString('latin1')]);
  await archive.close();
  return found;
}

const plain = ({ name, data }: TarMember): [string, string] => [
  name,
  Buffer.from(data as string).toString('latin1'),
];

describe('writeTar', () => {
  it('gives the same bytes for any order and for a stream, and reads back', async () => {
    const folder = await temporaryFolder();
    const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : 1));
    const first = await writeTar(join(folder, 'a.tar'), members);
    const second = await writeTar(join(folder, 'b.tar'), [...members].reverse());
    const third = await writeTar(join(folder, 'c.tar'), stream(sorted));
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    const bytes = await readFile(join(folder, 'a.tar'));
    expect(first).toEqual({ bytes: bytes.length, sha256: sha256(bytes), members: 4 });
    expect(await contents(join(folder, 'a.tar'))).toEqual(sorted.map(plain));
  });

  it('is read by the system’s tar', async () => {
    const path = join(await temporaryFolder(), 'a.tar');
    await writeTar(path, members);
    const listed = execFileSync('tar', ['--quoting-style=literal', '-tvf', path], {
      env: { LC_ALL: 'C.UTF-8', PATH: process.env.PATH },
    });
    const lines = listed.toString().trim().split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toMatch(/^-rw-r--r-- 0\/0 .*19(70|69)-/);
  });

  it('holds little memory for a long stream', async () => {
    async function* many(): AsyncGenerator<TarMember> {
      for (let i = 0; i < 120; i++)
        yield { name: String(i).padStart(6, '0'), data: Buffer.alloc(1_000_000, i) };
    }
    const before = process.memoryUsage().rss;
    await writeTar(join(await temporaryFolder(), 'a.tar'), many(), { fsync: false });
    expect(process.memoryUsage().rss - before).toBeLessThan(90e6);
  });

  it.each([
    [
      'a name twice',
      [
        { name: 'a', data: '1' },
        { name: 'a', data: '2' },
      ],
      'E_DUPLICATE',
    ],
    ['a name that climbs', [{ name: '../a', data: '1' }], 'E_PATH'],
    ['an absolute name', [{ name: '/a', data: '1' }], 'E_PATH'],
    ['an empty name', [{ name: '', data: '1' }], 'E_PATH'],
    ['a line break in a name', [{ name: 'a\nb', data: '1' }], 'E_PATH'],
  ])('refuses %s', async (_, items, code) => {
    const path = join(await temporaryFolder(), 'a.tar');
    await expect(writeTar(path, items)).rejects.toMatchObject({ code });
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  it('refuses a stream out of order and passes on what a stream throws', async () => {
    const path = join(await temporaryFolder(), 'a.tar');
    const reversed = [
      { name: 'b', data: '' },
      { name: 'a', data: '' },
    ];
    await expect(writeTar(path, stream(reversed))).rejects.toMatchObject({ code: 'E_FORMAT' });
    async function* broken(): AsyncGenerator<TarMember> {
      yield { name: 'a', data: 'x' };
      throw new RangeError('the decoder failed');
    }
    await expect(writeTar(path, broken())).rejects.toThrow('the decoder failed');
    const signal = AbortSignal.abort();
    await expect(writeTar(path, members, { signal })).rejects.toThrow('abort');
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });
});

describe('openTar', () => {
  it('reads gzipped archives and caps what they inflate to', async () => {
    const folder = await temporaryFolder();
    await writeTar(join(folder, 'a.tar'), members);
    const path = join(folder, 'a.tar.gz');
    await writeFile(path, gzipSync(await readFile(join(folder, 'a.tar'))));
    expect((await contents(path)).length).toBe(4);
    await expect(openTar(path, { maxInflatedBytes: 1_000 })).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
  });

  it('refuses a cut at every place', async () => {
    const folder = await temporaryFolder();
    await writeTar(join(folder, 'a.tar'), members.slice(0, 3));
    const bytes = await readFile(join(folder, 'a.tar'));
    const path = join(folder, 'cut.tar');
    // The last two blocks are zeros; one of them is enough to know that nothing is missing.
    for (let length = 0; length < bytes.length - 512; length += 128) {
      await writeFile(path, bytes.subarray(0, length));
      const code = length === 0 ? 'E_EMPTY' : 'E_TRUNCATED';
      await expect(openTar(path), `cut at ${length}`).rejects.toMatchObject({ code });
    }
  });

  it('notices every flipped bit of a header', async () => {
    const folder = await temporaryFolder();
    await writeTar(join(folder, 'a.tar'), members.slice(0, 1));
    const bytes = await readFile(join(folder, 'a.tar'));
    const path = join(folder, 'flipped.tar');
    for (let bit = 0; bit < 512 * 8; bit += 3) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(path, damaged);
      const outcome = await contents(path).catch(() => 'refused');
      // The checksum's own trailing zero and blank carry nothing.
      if (outcome !== 'refused') expect(outcome, `bit ${bit}`).toEqual([plain(members[0]!)]);
    }
  });

  it('never crashes on damage', async () => {
    const folder = await temporaryFolder();
    await writeTar(join(folder, 'a.tar'), members);
    const bytes = await readFile(join(folder, 'a.tar'));
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        await writeFile(join(folder, 'b.tar'), damaged);
        const outcome: unknown = await contents(join(folder, 'b.tar')).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toHaveProperty('code', expect.stringMatching(/^E_/));
      }),
      { numRuns: 200 },
    );
  });

  it('limits the number of members', async () => {
    const path = join(await temporaryFolder(), 'a.tar');
    await writeTar(path, members);
    await expect(openTar(path, { maxMembers: 2 })).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
  });
});

describe('samples', () => {
  it.each([
    ['a/b.c/x.1.JPG', { key: 'a/b.c/x', extension: '1.jpg' }],
    ['x.jpg', { key: 'x', extension: 'jpg' }],
    ['README', undefined],
    ['.hidden', undefined],
    ['a/.hidden', undefined],
    ['x.', undefined],
  ])('%s', (name, split) => expect(splitMemberName(name)).toEqual(split));

  it('names the sample that lacks a member or has it twice', () => {
    const entries = [{ name: 'k.jpg', offset: 0, size: 0 }];
    expect(() => groupSamples(entries, 'a.tar', ['jpg', 'cls'])).toThrow('sample "k" has no .cls');
    const twice = ['k.jpg', 'k.JPG'].map((name) => ({ name, offset: 0, size: 0 }));
    expect(() => groupSamples(twice, 'a.tar')).toThrow('sample "k" has two .jpg');
  });
});
