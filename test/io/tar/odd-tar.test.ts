import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openTar } from '../../../src/io/tar/tar.js';
import { temporaryFolder } from '../support.js';

interface Fields {
  readonly size?: number;
  readonly type?: string;
  readonly magic?: string;
  /** Add the bytes as signed ones. */
  readonly signed?: boolean;
}

/** A header and its content, padded. */
function member(name: string, content = 'x', fields: Fields = {}): Buffer {
  const { size = content.length, type = '0', magic = 'ustar\x0000', signed = false } = fields;
  const header = Buffer.alloc(512);
  header.write(name, 0, 'utf8');
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write(type, 156, 'latin1');
  header.write(magic, 257, 'latin1');
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + (signed && byte > 127 ? byte - 256 : byte), 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

const END = Buffer.alloc(1024);

async function names(...parts: Buffer[]): Promise<string[]> {
  const path = join(await temporaryFolder(), 'a.tar');
  await writeFile(path, Buffer.concat(parts));
  const archive = await openTar(path);
  await archive.close();
  return [...archive.entries.keys()];
}

it('reads the form before ustar, where folders are told by their names', async () => {
  const old = { magic: '\0\0\0\0\0\0\0\0', type: '\0' };
  expect(await names(member('d/', '', old), member('d/a.jpg', 'x', old), END)).toEqual(['d/a.jpg']);
});

it('reads checksums of signed bytes, contiguous files and archives with a name', async () => {
  expect(await names(member('é.jpg', 'x', { signed: true }), END)).toEqual(['é.jpg']);
  expect(await names(member('a.jpg', 'x', { type: '7' }), END)).toEqual(['a.jpg']);
  expect(await names(member('label', '', { type: 'V' }), member('a.jpg'), END)).toEqual(['a.jpg']);
});

it('refuses an archive behind the end of another, whose members would be lost unseen', async () => {
  const second = [member('b.jpg'), END];
  await expect(names(member('a.jpg'), END, ...second)).rejects.toMatchObject({ code: 'E_FORMAT' });
  await expect(names(member('a.jpg'), END, Buffer.alloc(9 * 512), ...second)).rejects.toThrow(
    /second archive/,
  );
});

it('passes over padding behind the end', async () => {
  expect(await names(member('a.jpg'), END, Buffer.alloc(8192))).toEqual(['a.jpg']);
  expect(await names(member('a.jpg'), END, Buffer.alloc(3000, 'garbage'))).toEqual(['a.jpg']);
});

it('refuses a gzip stream that grows beyond all reason', async () => {
  await expect(names(gzipSync(Buffer.alloc(80 * 1024 * 1024)))).rejects.toMatchObject({
    code: 'E_TOO_LARGE',
  });
});
