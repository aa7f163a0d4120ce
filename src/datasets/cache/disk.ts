import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { makeFolder } from '../../io/files/make-folder.js';
import { storageError, systemCode } from '../../io/files/storage-error.js';
import { packSample, unpackSample } from './pack.js';
import type { CacheStore, Counters } from './store.js';

/** Where samples are kept on disk. */
export interface DiskPlace {
  readonly folder: string;
  /** Most bytes that the folder's entries may take. */
  readonly limit: number;
  /** When this run began, in milliseconds since 1970: what was used since then stays. */
  readonly since: number;
}

const MAGIC = Buffer.from('cuemixS1');
const HEAD = 16; // magic, checksum, zeros: the sample starts at a multiple of 8
const ENDING = '.sample';
/** The folder is looked through again after a run wrote this share of the limit, since others may write too. */
const SCANS = 32;
/** Temporary files older than this were left by a killed writer. */
const STALE_MS = 3_600_000;

/**
 * A store in a folder that processes share. Each entry is a file named by the hash of what decides on its pixels, with
 * a checksum; a damaged one is removed and counts as missing. Entries that this run did not use make room for new ones,
 * the longest unused first; when there is none left, nothing more is kept.
 */
export function diskStore(place: DiskPlace, counters: Counters): CacheStore {
  const pathOf = (hash: string): string => join(place.folder, hash.slice(0, 2), hash.slice(2) + ENDING);
  return {
    async get({ index, hash }) {
      if (hash === undefined) return undefined;
      const path = pathOf(hash);
      const bytes = await readFile(path).catch((error: unknown) => {
        if (systemCode(error) === 'ENOENT') return undefined;
        throw storageError(error, path, 'read');
      });
      if (bytes === undefined) return undefined;
      const sample = checked(bytes, index);
      if (sample === undefined) {
        counters.add('damaged', 1);
        await rm(path, { force: true });
        return undefined;
      }
      await markUsed(path, place.since);
      return sample;
    },
    async put({ hash }, sample) {
      if (hash === undefined) return;
      const packed = packSample(sample);
      const size = HEAD + packed.length;
      if (counters.get('sinceScan') > place.limit / SCANS || counters.get('bytes') + size > place.limit)
        await counters.alone(() => makeRoom(place, counters, size));
      // Not while the folder is counted: what is reserved and not yet written would be left out of the count.
      await counters.among(async () => {
        if (counters.reserve('bytes', size, place.limit) === undefined) return;
        counters.add('sinceScan', size);
        const file = Buffer.alloc(size);
        MAGIC.copy(file);
        file.writeUInt32LE(crc32(packed), MAGIC.length);
        file.set(packed, HEAD);
        // Without fsync: after a power cut an entry may be torn, which its checksum tells.
        await writeFileAtomic(pathOf(hash), file, { fsync: false });
      });
    },
  };
}

/** Counts what is there; makes the folder. Throws StorageError. */
export async function openDisk(place: DiskPlace, counters: Counters): Promise<void> {
  await makeFolder(place.folder);
  await makeRoom(place, counters, 0);
}

function checked(bytes: Buffer, index: number) {
  if (bytes.length < HEAD || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const own = bytes.byteOffset % HEAD === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  const packed = new Uint8Array(own.buffer, own.byteOffset + HEAD, own.length - HEAD);
  const rest = bytes.readUInt32LE(MAGIC.length + 4);
  if (rest !== 0 || crc32(packed) !== bytes.readUInt32LE(MAGIC.length)) return undefined;
  return unpackSample(packed, index);
}

async function markUsed(path: string, since: number): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.mtimeMs >= since) return;
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // a read-only cache is still of use
}

/** Counts all entries anew and removes unused ones until `wanted` more bytes fit. */
async function makeRoom(
  { folder, limit, since }: DiskPlace,
  counters: Counters,
  wanted: number,
): Promise<void> {
  const entries: { path: string; size: number; used: number }[] = [];
  for (const group of await readdir(folder, { withFileTypes: true })) {
    if (!group.isDirectory() || !/^[0-9a-f]{2}$/.test(group.name)) continue;
    for (const name of await readdir(join(folder, group.name))) {
      const path = join(folder, group.name, name);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) continue;
      if (name.endsWith(ENDING)) entries.push({ path, size: found.size, used: found.mtimeMs });
      else if (/^\.cuemix-.*\.tmp$/.test(name) && Date.now() - found.mtimeMs > STALE_MS)
        await rm(path, { force: true });
    }
  }
  let total = entries.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size, used } of entries.sort((a, b) => a.used - b.used)) {
    if (total + wanted <= limit || used >= since) break;
    await rm(path, { force: true });
    total -= size;
  }
  counters.set('bytes', total);
  counters.set('sinceScan', 0);
}
