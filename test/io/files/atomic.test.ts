import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  sweepTemporary,
  withAtomicFile,
  withAtomicFolder,
  writeFileAtomic,
} from '../../../src/io/files/atomic.js';
import { storageError } from '../../../src/io/files/storage-error.js';
import { temporaryPath } from '../../../src/io/files/temporary.js';
import { bundleIo, startNode } from '../child.js';
import { temporaryFolder } from '../support.js';

describe('writeFileAtomic', () => {
  it('writes text and bytes, makes parents, replaces, and leaves nothing else', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'a/b/file.txt');
    await writeFileAtomic(path, 'first');
    await writeFileAtomic(path, Buffer.from('zweite ü'), { fsync: false });
    expect(await readFile(path, 'utf8')).toBe('zweite ü');
    expect(await readdir(join(folder, 'a/b'))).toEqual(['file.txt']);
  });

  it('takes a name of 255 bytes', async () => {
    const path = join(await temporaryFolder(), 'x'.repeat(255));
    await writeFileAtomic(path, 'y');
    expect(await readFile(path, 'utf8')).toBe('y');
  });

  it('keeps the old file when the new one fails', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'file');
    await writeFileAtomic(path, 'old');
    const failing = withAtomicFile(path, async (handle) => {
      await handle.write('half of the n');
      throw new Error('stop here');
    });
    await expect(failing).rejects.toThrow('stop here');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('stops when asked', async () => {
    const folder = await temporaryFolder();
    const controller = new AbortController();
    const writing = withAtomicFile(join(folder, 'file'), async () => controller.abort(), {
      signal: controller.signal,
    });
    await expect(writing).rejects.toThrow('abort');
    expect(await readdir(folder)).toEqual([]);
  });

  it('replaces a symbolic link and does not follow it', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'secret'), 'secret');
    await symlink('secret', join(folder, 'link'));
    await writeFileAtomic(join(folder, 'link'), 'new');
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('secret');
    await expect(readlink(join(folder, 'link'))).rejects.toThrow('EINVAL');
  });

  it('says which path failed', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    const path = join(folder, 'file/below');
    await expect(writeFileAtomic(path, 'x')).rejects.toMatchObject({
      name: 'StorageError',
      message: expect.stringContaining(path),
    });
  });

  it('reports a full disk by name and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const out = join(folder, 'out');
    await mkdir(out);
    const io = await bundleIo(folder);
    const script = `
      await io.writeFileAtomic(${JSON.stringify(join(out, 'small'))}, 'fits');
      try { await io.writeFileAtomic(${JSON.stringify(join(out, 'large'))}, Buffer.alloc(3_000_000)); }
      catch (error) { console.log(error.name, error.code, error.message); process.exit(7); }`;
    const { code, output } = await startNode(io, script, 'ulimit -f 1024').finished;
    expect(output).toContain(`StorageError E_NO_SPACE Cannot write ${join(out, 'large')}: no space left`);
    expect(code).toBe(7);
    expect(await readdir(out)).toEqual(['small']);
  });
});

describe('storageError', () => {
  const system = (code: string) => Object.assign(new Error(code), { code });
  it.each([
    ['ENOSPC', 'E_NO_SPACE'],
    ['EDQUOT', 'E_NO_SPACE'],
    ['EFBIG', 'E_NO_SPACE'],
    ['EACCES', 'E_PERMISSION'],
    ['EROFS', 'E_PERMISSION'],
    ['EMFILE', 'E_TOO_MANY_FILES'],
    ['ENOENT', 'E_PATH'],
    ['EISDIR', 'E_PATH'],
    ['ENOTDIR', 'E_PATH'],
    ['EEXIST', 'E_PATH'],
    ['EIO', 'E_IO'],
  ])('%s becomes %s', (code, stable) => {
    expect(storageError(system(code), '/some/path')).toMatchObject({
      code: stable,
      message: expect.stringContaining('/some/path'),
    });
  });

  it('tells a file in the place of a folder from a folder in the place of a file', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(writeFileAtomic(join(folder, 'file/x'), '')).rejects.toThrow('a folder was expected');
    expect(storageError(system('EISDIR'), 'p', 'read')).toMatchObject({
      message: expect.stringContaining('a file was expected'),
    });
  });

  it('leaves other errors alone', () => {
    const other = new TypeError('x');
    expect(storageError(other, 'p')).toBe(other);
  });
});

describe('withAtomicFolder', () => {
  it('shows the folder only when it is whole', async () => {
    const path = join(await temporaryFolder(), 'parent/made');
    await withAtomicFolder(path, async (temporary) => {
      await writeFileAtomic(join(temporary, 'a'), '1');
      await expect(readdir(path)).rejects.toThrow('ENOENT');
    });
    expect(await readdir(path)).toEqual(['a']);
  });

  it('never replaces what is there', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'made');
    await withAtomicFolder(path, (temporary) => writeFile(join(temporary, 'a'), '1'));
    const again = withAtomicFolder(path, (temporary) => writeFile(join(temporary, 'b'), '2'));
    await expect(again).rejects.toMatchObject({ code: 'E_EXISTS' });
    expect(await readdir(path)).toEqual(['a']);
    expect(await readdir(folder)).toEqual(['made']);
  });
});

describe('sweepTemporary', () => {
  it('removes what a killed writer left, and nothing else', async () => {
    const folder = await temporaryFolder();
    await writeFile(temporaryPath(folder), 'torn');
    await mkdir(temporaryPath(folder));
    await writeFile(join(folder, '.cuemix-notes.tmp'), 'the user’s');
    await writeFile(join(folder, 'a.tmp'), 'the user’s');
    expect(await sweepTemporary(folder)).toBe(2);
    expect((await readdir(folder)).sort()).toEqual(['.cuemix-notes.tmp', 'a.tmp']);
    expect(await sweepTemporary(join(folder, 'missing'))).toBe(0);
  });

  it('finds the file of a writer killed half way', async () => {
    const folder = await temporaryFolder();
    const out = join(folder, 'out');
    const script = `
      await io.withAtomicFile(${JSON.stringify(join(out, 'file'))}, async (handle) => {
        await handle.write('half');
        process.kill(process.pid, 'SIGKILL');
        await new Promise(() => setInterval(() => {}, 1000));
      });`;
    await startNode(await bundleIo(folder), script).finished;
    expect(await readdir(out)).toHaveLength(1);
    expect(await sweepTemporary(out)).toBe(1);
    expect(await readdir(out)).toEqual([]);
  });
});
