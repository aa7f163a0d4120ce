import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../../core/errors.js';
import { makeFolder } from './make-folder.js';
import { readIfThere } from './open-input.js';
import { isGone, type Owner, parseOwner, thisProcess } from './owner.js';
import { storageError, systemCode } from './storage-error.js';
import { temporaryPath } from './temporary.js';

/** Name of the lock file inside a locked folder. */
export const LOCK_NAME = '.cuemix.lock';

/** Options of {@link lockFolder}. */
export interface LockOptions {
  /** How long to wait for another holder to finish, in milliseconds. Default 0: refuse at once. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A folder that only this holder may write. */
export interface Lock {
  readonly folder: string;
  /** Throws StorageError E_LOCK_LOST when someone removed or replaced the lock file. Call before a commit. */
  assertHeld(): Promise<void>;
  /** Gives the folder back. Safe to call twice. */
  release(): Promise<void>;
}

// An owner is written right after the file is made; a file without one that is older than this was left by a crash.
const TORN_AFTER_MS = 10_000;
const POLL_MS = 100;
const MOST_BYTES = 1 << 16;

type Holder = { readonly owner: Owner | undefined; readonly gone: boolean };

async function readHolder(file: string): Promise<Holder | undefined> {
  const text = await readIfThere(file, MOST_BYTES);
  if (text === undefined) return undefined;
  const owner = parseOwner(text.toString('utf8'));
  if (owner !== undefined) return { owner, gone: isGone(owner) };
  try {
    const { mtimeMs } = await stat(file);
    return { owner, gone: Math.abs(Date.now() - mtimeMs) > TORN_AFTER_MS };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function create(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx', flush: true });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Replaces the lock of a dead holder. Two processes may see the same dead holder, so the exchange itself is done under
 * a second lock file, held for an instant, and the holder is looked at again inside it.
 */
async function takeOver(file: string, text: string): Promise<boolean> {
  const guard = `${file}.takeover`;
  if (!(await create(guard, text))) {
    if ((await readHolder(guard))?.gone) await rm(guard, { force: true });
    return false;
  }
  try {
    const holder = await readHolder(file);
    if (holder === undefined || !holder.gone) return false;
    const fresh = temporaryPath(join(file, '..'));
    await writeFile(fresh, text, { flag: 'wx', flush: true });
    await rename(fresh, file);
    // Should two processes get here at once (a guard left by a third crash), the last rename wins and the other sees it.
    await sleep(POLL_MS);
    return (await readFile(file, 'utf8')) === text;
  } finally {
    await rm(guard, { force: true });
  }
}

function lockedError(folder: string, file: string, holder: Holder | undefined): StorageError {
  const owner = holder?.owner;
  const who =
    owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host} since ${owner.since}`;
  return new StorageError(
    'E_LOCKED',
    `Cannot write into ${folder}: ${who} is writing there. Wait for it or choose another folder; ` +
      `if it is surely gone, remove ${file}.`,
  );
}

/** Whether a living process holds the lock of `folder`; one on another host counts as living. Throws StorageError. */
export async function isLocked(folder: string): Promise<boolean> {
  const file = join(folder, LOCK_NAME);
  const holder = await readHolder(file).catch((error: unknown) => {
    throw storageError(error, file, 'read');
  });
  return holder?.gone === false;
}

/**
 * Makes this process the only writer of `folder` (made if missing) until `release`. A lock whose holder died is taken
 * over. One process may not lock a folder twice.
 * @throws StorageError E_LOCKED naming the other writer; E_PERMISSION, E_NO_SPACE… when the lock cannot be written.
 */
export async function lockFolder(folder: string, options: LockOptions = {}): Promise<Lock> {
  const { waitMs = 0, signal } = options;
  const file = join(folder, LOCK_NAME);
  const token = randomBytes(16).toString('hex');
  const text = `${JSON.stringify(thisProcess(token))}\n`;
  const deadline = performance.now() + waitMs;
  await makeFolder(folder);
  try {
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted();
      if (await create(file, text)) break;
      const holder = await readHolder(file);
      if (holder?.gone && (await takeOver(file, text))) break;
      // A holder that vanished or died between two looks deserves a few more tries before the refusal.
      const hopeful = (holder === undefined || holder.gone) && attempt < 20;
      if (!hopeful && performance.now() >= deadline) throw lockedError(folder, file, holder);
      await sleep(hopeful ? 20 : POLL_MS, undefined, signal === undefined ? {} : { signal });
    }
  } catch (error) {
    throw storageError(error, file);
  }
  return heldLock(folder, file, token);
}

function heldLock(folder: string, file: string, token: string): Lock {
  let released = false;
  const isOurs = async () => (await readHolder(file))?.owner?.token === token;
  return {
    folder,
    async assertHeld() {
      if (!released && (await isOurs())) return;
      throw new StorageError(
        'E_LOCK_LOST',
        `The lock ${file} is no longer ours; another process may be writing into ${folder}. Nothing more is written.`,
      );
    },
    async release() {
      if (released) return;
      released = true;
      if (await isOurs()) await rm(file, { force: true });
    },
  };
}
