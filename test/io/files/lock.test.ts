import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LOCK_NAME, lockFolder } from '../../../src/io/files/lock.js';
import { thisProcess } from '../../../src/io/files/owner.js';
import { bundleIo, startNode } from '../child.js';
import { temporaryFolder } from '../support.js';

const dead = { ...thisProcess('dead'), pid: 2 ** 22 + 1 };

describe('lockFolder', () => {
  it('refuses a second writer by naming the first, until it releases', async () => {
    const folder = join(await temporaryFolder(), 'made');
    const lock = await lockFolder(folder);
    await lock.assertHeld();
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'E_LOCKED',
      message: expect.stringContaining(`process ${process.pid} on ${hostname()}`),
    });
    await lock.release();
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    await (await lockFolder(folder)).release();
  });

  it('waits when asked', async () => {
    const folder = await temporaryFolder();
    const first = await lockFolder(folder);
    const second = lockFolder(folder, { waitMs: 5_000 });
    await sleep(150);
    await first.release();
    await (await second).release();
  });

  it('stops waiting when asked', async () => {
    const folder = await temporaryFolder();
    const first = await lockFolder(folder);
    const signal = AbortSignal.timeout(100);
    await expect(lockFolder(folder, { waitMs: 60_000, signal })).rejects.toThrow(/abort|timeout/i);
    await first.release();
  });

  it.each([
    ['a process that is no more', dead],
    ['a pid that another process has now', { ...thisProcess('old'), started: '1' }],
    ['a time before the last boot', { ...thisProcess('old'), boot: 'another boot' }],
  ])('takes over from %s', async (_, owner) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, LOCK_NAME), JSON.stringify(owner));
    const lock = await lockFolder(folder);
    await lock.assertHeld();
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not take over from another host', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, LOCK_NAME), JSON.stringify({ ...dead, host: 'elsewhere' }));
    await expect(lockFolder(folder)).rejects.toThrow(/on elsewhere .* remove .*\.cuemix\.lock/);
  });

  it('respects a torn lock file while it is fresh and takes it over when it is old', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, LOCK_NAME);
    await writeFile(file, '{"pid":');
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'E_LOCKED' });
    await utimes(file, new Date(0), new Date(0));
    await (await lockFolder(folder)).release();
  });

  it('notices that its lock was taken away, and leaves the new holder alone', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, LOCK_NAME);
    const lock = await lockFolder(folder);
    await rm(file);
    await expect(lock.assertHeld()).rejects.toMatchObject({ code: 'E_LOCK_LOST' });
    const other = JSON.stringify(thisProcess('other'));
    await writeFile(file, other);
    await lock.release();
    expect(await readFile(file, 'utf8')).toBe(other);
  });
});

describe('several processes', () => {
  const hold = (folder: string) => `
    try {
      const lock = await io.lockFolder(${JSON.stringify(folder)});
      await new Promise((done) => setTimeout(done, 1500));
      await lock.assertHeld();
      console.log('held');
      await lock.release();
    } catch (error) { console.log(error.code); }`;

  it('let exactly one take over a dead lock', async () => {
    const folder = await temporaryFolder();
    const io = await bundleIo(folder);
    for (let round = 0; round < 2; round++) {
      const target = join(folder, `round${round}`);
      await (await lockFolder(target)).release();
      await writeFile(join(target, LOCK_NAME), JSON.stringify(dead));
      const runs = Array.from({ length: 5 }, () => startNode(io, hold(target)).finished);
      const outputs = (await Promise.all(runs)).map(({ output }) => output.trim()).sort();
      expect(outputs).toEqual(['E_LOCKED', 'E_LOCKED', 'E_LOCKED', 'E_LOCKED', 'held']);
    }
  });

  it('take over from one that was killed', async () => {
    const folder = await temporaryFolder();
    const target = join(folder, 'target');
    const script = `await io.lockFolder(${JSON.stringify(target)}); process.kill(process.pid, 'SIGKILL');`;
    await startNode(await bundleIo(folder), script).finished;
    expect(await readdir(target)).toEqual([LOCK_NAME]);
    await (await lockFolder(target)).release();
  });
});
