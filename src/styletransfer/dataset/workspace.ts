import { lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { StorageError } from '../../core/errors.js';
import { canonicalJson } from '../../core/hash.js';
import { sweepTemporary, syncFolder, writeAll, writeFileAtomic } from '../../io/files/atomic.js';
import { sha256File } from '../../io/files/hash.js';
import { readIfThere } from '../../io/files/open-input.js';
import { storageError, systemCode } from '../../io/files/storage-error.js';
import { type GroupRecord, groupSchema, type ManifestEntry, painterSchema, parseJson } from './manifest.js';

/** The folder inside a dataset that holds what is not finished. It is gone when the dataset is whole. */
export const STATE_FOLDER = '.cuemix';

const MAX_DOCUMENT = 2 ** 29; // what a string holds

const runSchema = z.strictObject({
  plan: z.string(),
  painter: painterSchema,
  versions: z.record(z.string(), z.string()),
  shard: z.strictObject({ index: z.int(), count: z.int() }).optional(),
});

/** What a run must have in common with the run that it continues. */
export type RunIdentity = z.output<typeof runSchema>;

/**
 * The unfinished state of one dataset folder. A group is built in `build/<group>`; one rename to `ready/<group>` commits
 * it; then its pictures move to their places and its record to `groups/`. After a crash `ready` groups are rolled
 * forward and `build` groups forgotten, so a visible picture is always whole and always on record.
 * The caller holds the folder's lock.
 */
export class Workspace {
  readonly root: string;
  private readonly state: string;

  constructor(root: string) {
    this.root = root;
    this.state = join(root, STATE_FOLDER);
  }

  /**
   * Starts or continues the run `identity`. `reserved` are the files that the dataset will have at its top: a new run
   * refuses a folder that has one, since it is someone else's.
   * @throws StorageError E_EXISTS; E_OTHER_RUN when the folder holds an unfinished run of another plan, network or version.
   */
  async open(identity: RunIdentity, reserved: readonly string[]): Promise<void> {
    const path = join(this.state, 'run.json');
    const begun = await readOptional(path);
    if (begun !== undefined) {
      const previous = parseJson(begun, runSchema, path);
      refuseOtherRun(previous, identity, this.root);
    } else {
      for (const name of reserved) await refuseExisting(join(this.root, name));
    }
    await guard(this.state, async () => {
      for (const name of ['build', 'ready', 'groups']) {
        await mkdir(join(this.state, name), { recursive: true });
      }
      await rm(join(this.state, 'build'), { recursive: true });
      await mkdir(join(this.state, 'build'));
      await sweepTemporary(this.root);
      await sweepTemporary(this.state);
      await sweepTemporary(join(this.state, 'groups'));
    });
    if (begun === undefined) await writeFileAtomic(path, `${canonicalJson(identity)}\n`);
    for (const name of await readdir(join(this.state, 'ready'))) await this.rollForward(name);
  }

  /** Records of all committed groups, in order, one at a time. */
  records(): AsyncGenerator<GroupRecord> {
    return readRecords(join(this.state, 'groups'));
  }

  /** Puts a record in place whose pictures are in place already. */
  async adopt(record: GroupRecord): Promise<void> {
    await writeFileAtomic(join(this.state, 'groups', `${groupName(record.group)}.json`), recordText(record));
  }

  /** Makes an empty folder to build a group in. */
  async begin(group: number): Promise<string> {
    const folder = join(this.state, 'build', groupName(group));
    await guard(folder, async () => {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
    });
    return folder;
  }

  /**
   * Commits a group: every file `<index>` (folder format) or `shard.tar` was written to the folder given by `begin`,
   * and flushed.
   * @throws StorageError E_EXISTS when a file that the dataset does not own has one of its names.
   */
  async commit(record: GroupRecord): Promise<void> {
    const name = groupName(record.group);
    const build = join(this.state, 'build', name);
    await this.refuseForeign(record);
    await writeDurable(join(build, 'record.json'), Buffer.from(recordText(record)));
    await guard(build, async () => {
      await syncFolder(build);
      await rename(build, join(this.state, 'ready', name));
      await syncFolder(join(this.state, 'ready'));
    });
    await this.rollForward(name);
  }

  /** Forgets the unfinished state; the folder goes when nothing else is in it. */
  async clear(): Promise<void> {
    await guard(this.state, async () => {
      for (const name of ['build', 'ready', 'groups', 'run.json', 'scan.jsonl']) {
        await rm(join(this.state, name), { recursive: true, force: true });
      }
      await rmdir(this.state).catch(() => undefined);
    });
  }

  private async rollForward(name: string): Promise<void> {
    const ready = join(this.state, 'ready', name);
    const text = await readOptional(join(ready, 'record.json'));
    await guard(this.root, async () => {
      if (text !== undefined) {
        const record = parseJson(text, groupSchema, `the record of group ${name}`);
        const folders = new Set<string>();
        for (const [from, to] of movesOf(record)) {
          const target = join(this.root, to);
          await this.realFolder(dirname(to));
          folders.add(dirname(target));
          await moveIfThere(join(ready, from), target);
        }
        for (const folder of folders) await syncFolder(folder);
        await rename(join(ready, 'record.json'), join(this.state, 'groups', `${name}.json`));
        await syncFolder(join(this.state, 'groups'));
      }
      await rm(ready, { recursive: true, force: true });
    });
  }

  /** Makes `path` (relative) below the root, refusing links on the way: they could lead anywhere. */
  private async realFolder(path: string): Promise<void> {
    let current = this.root;
    for (const part of path.split('/')) {
      current = join(current, part);
      await mkdir(current).catch((error: unknown) => {
        if (systemCode(error) !== 'EEXIST') throw error;
      });
      if (!(await lstat(current)).isDirectory()) {
        throw new StorageError(
          'E_PATH',
          `Cannot write into ${current}: it is a link or a file. Remove it first.`,
        );
      }
    }
  }

  private async refuseForeign(record: GroupRecord): Promise<void> {
    const name = `${groupName(record.group)}.json`;
    const earlier = await readOptional(join(this.state, 'groups', name));
    if (earlier !== undefined) return; // the same group, made again: its files are ours
    const expected = record.shard === undefined ? record.entries : [record.shard];
    for (const { path, bytes, sha256 } of expected) {
      const full = join(this.root, path);
      const there = await lstat(full).catch(() => undefined);
      if (there === undefined) continue;
      if (!there.isFile() || there.size !== bytes || (await sha256File(full)).sha256 !== sha256)
        throw foreign(full);
    }
  }
}

/** Six digits, so that names sort like numbers. */
export function groupName(group: number): string {
  return String(group).padStart(6, '0');
}

/** Where a group's tar shard lies. */
export function shardPath(group: number): string {
  return `shards/${groupName(group)}.tar`;
}

async function refuseExisting(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there !== undefined) throw foreign(path);
}

function foreign(path: string): StorageError {
  return new StorageError(
    'E_EXISTS',
    `Cannot write ${path}: a file that is not of this dataset has that name. Move it away or choose another folder.`,
  );
}

/** Writes a new file and, unless told not to, flushes it. The folder's entry is the caller's to flush. */
export async function writeDurable(path: string, bytes: Uint8Array, flush = true): Promise<void> {
  await guard(path, async () => {
    const handle = await open(path, 'wx');
    try {
      await writeAll(handle, bytes);
      if (flush) await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Records of groups that are committed in an unfinished dataset; `moved` when their files must be in place already. */
export async function* readUnfinished(
  root: string,
): AsyncGenerator<{ readonly record: GroupRecord; readonly moved: boolean }> {
  const state = join(root, STATE_FOLDER);
  for await (const record of readRecords(join(state, 'groups'))) yield { record, moved: true };
  for (const name of await list(join(state, 'ready'))) {
    const text = await readOptional(join(state, 'ready', name, 'record.json'));
    if (text === undefined) continue;
    yield { record: parseJson(text, groupSchema, `the record of group ${name}`), moved: false };
  }
}

/** The text of a file, undefined when there is none. */
export async function readOptional(path: string): Promise<string | undefined> {
  return (await readIfThere(path, MAX_DOCUMENT))?.toString('utf8');
}

function refuseOtherRun(previous: RunIdentity, identity: RunIdentity, root: string): void {
  const was: Record<string, unknown> = { ...previous };
  const is: Record<string, unknown> = { ...identity };
  const keys = ['plan', 'painter', 'versions', 'shard'];
  const differing = keys.filter((key) => canonicalJson(was[key] ?? null) !== canonicalJson(is[key] ?? null));
  if (differing.length === 0) return;
  const words: Record<string, string> = {
    plan: 'other options or input pictures',
    painter: `another network or engine (${canonicalJson(previous.painter)})`,
    versions: `other versions (${canonicalJson(previous.versions)})`,
    shard: 'another part (--shard)',
  };
  throw new StorageError(
    'E_OTHER_RUN',
    `Cannot continue in ${root}: it was begun with ${differing.map((key) => words[key]).join(' and ')}. ` +
      'Run what began it, or choose another folder.',
  );
}

function recordText(record: GroupRecord): string {
  return `${canonicalJson(record)}\n`;
}

function movesOf(record: GroupRecord): [string, string][] {
  if (record.shard !== undefined) return [['shard.tar', record.shard.path]];
  return record.entries.map(({ index, path }: ManifestEntry) => [String(index), path]);
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error; // moved before the crash
  }
}

async function* readRecords(folder: string): AsyncGenerator<GroupRecord> {
  const names = (await list(folder)).filter((name) => /^\d{6,}\.json$/.test(name));
  for (const name of names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))) {
    const path = join(folder, name);
    yield parseJson((await readOptional(path)) ?? '', groupSchema, path);
  }
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw storageError(error, folder, 'read');
  }
}

async function guard<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageError(error, path);
  }
}
