import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256, sha256File } from '../../../src/io/files/hash.js';
import { formatJsonLines, readJsonLines } from '../../../src/io/files/jsonl.js';
import { temporaryFolder } from '../support.js';

async function fileOf(content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'a.jsonl');
  await writeFile(path, content);
  return path;
}

async function values(path: string, maxLineBytes?: number): Promise<unknown[]> {
  const found: unknown[] = [];
  const options = {
    check: (value: unknown) => value,
    ...(maxLineBytes === undefined ? {} : { maxLineBytes }),
  };
  for await (const { line, value } of readJsonLines(path, options)) {
    found.push(value);
    expect(line).toBe(found.length);
  }
  return found;
}

describe('JSON lines', () => {
  it('come back as written', async () => {
    const path = await fileOf('');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 20 }), async (items) => {
        await writeFile(path, formatJsonLines(items));
        expect(await values(path)).toEqual(JSON.parse(JSON.stringify(items)));
      }),
      { numRuns: 50 },
    );
  });

  it('may be longer than one piece of the file', async () => {
    const items = Array.from({ length: 50 }, (_, i) => ({ i, text: 'ü'.repeat(9_000) }));
    expect(await values(await fileOf(formatJsonLines(items)))).toEqual(items);
  });

  it.each([
    ['broken JSON', '1\n{"a":\n', 'E_FORMAT', 'line 2'],
    ['a blank line', '1\n\n2\n', 'E_FORMAT', 'line 2'],
    ['a torn last line', '1\n2\n{"a":1', 'E_TRUNCATED', 'line 3'],
    ['bytes that are no UTF-8', Buffer.from('"\xff"\n', 'latin1'), 'E_FORMAT', 'line 1'],
    ['a line that is too long', `1\n"${'x'.repeat(2_000)}"\n`, 'E_TOO_LARGE', 'line 2'],
  ])('with %s are refused by line', async (_, content, code, line) => {
    await expect(values(await fileOf(content), 1_000)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(line),
    });
  });

  it('report what the check threw', async () => {
    const path = await fileOf('1\n"two"\n');
    const check = (value: unknown): number => {
      if (typeof value !== 'number') throw new TypeError('expected a number');
      return value;
    };
    const all = async () => {
      for await (const { value } of readJsonLines(path, { check })) expect(value).toBe(1);
    };
    await expect(all()).rejects.toThrow(`${path}: line 2 is not as expected: expected a number`);
  });

  it('do not let __proto__ reach a prototype', async () => {
    const [value] = await values(await fileOf('{"__proto__":{"polluted":true}}\n'));
    expect(Object.hasOwn(value as object, '__proto__')).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('sha256', () => {
  it('is the published value for "abc", in memory and from a file', async () => {
    const known = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256('abc')).toBe(known);
    expect(await sha256File(await fileOf('abc'))).toEqual({ sha256: known, bytes: 3 });
  });
});
