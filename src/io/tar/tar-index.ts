import type { Refuse } from '../refuse.js';
import { BLOCK, parsePax, parseTarHeader } from './tar-header.js';
import { safeMemberName } from './tar-name.js';

/** A regular file inside a tar archive. */
export interface TarEntry {
  readonly name: string;
  /** Where its content starts in the (uncompressed) archive. */
  readonly offset: number;
  readonly size: number;
}

/** Reads `length` bytes at `offset`, fewer at the end of the archive only. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

/** Limits of {@link indexTar}. */
export interface TarLimits {
  /** Most members, default 1,000,000. */
  readonly maxMembers?: number;
  readonly signal?: AbortSignal | undefined;
}

const MAX_EXTENSION = 64 * 1024; // a pax header or long name
const WINDOW = 16 * 1024;
/** Type of the header in which GNU tar keeps the archive's own name. */
const VOLUME = 'V';
/** How far behind the end of an archive another one is looked for. */
const BEYOND = 64 * 1024;

/** What earlier headers (pax, GNU long name) say about the next regular file. */
interface Pending {
  name?: string;
  size?: number;
}

/**
 * Lists the regular files of a tar archive of `total` bytes by reading its headers only. The archive is refused as a
 * whole when a name is unsafe or comes twice, when it holds links, devices or sparse files, when a header is damaged, and
 * when it is cut: the closing zero blocks must be there, since an archive cut between two members looks like a shorter one.
 * @throws by `refuse` E_PATH, E_DUPLICATE, E_UNSUPPORTED, E_FORMAT (also: a second archive follows), E_TRUNCATED, E_TOO_LARGE
 */
export async function indexTar(
  readAt: ReadAt,
  total: number,
  refuse: Refuse,
  limits: TarLimits = {},
): Promise<Map<string, TarEntry>> {
  const { maxMembers = 1_000_000, signal } = limits;
  const read = windowed(readAt, refuse, total);
  const entries = new Map<string, TarEntry>();
  let pending: Pending = {};
  for (let at = 0, headers = 0; ; headers++) {
    signal?.throwIfAborted();
    // Extension headers count too, or an archive of nothing else would be walked for ever.
    if (headers > 3 * maxMembers) throw refuse('E_TOO_LARGE', `it has more than ${maxMembers} members.`);
    if (at === total)
      throw refuse('E_TRUNCATED', 'the closing blocks of the tar archive are missing; it was cut.');
    const header = parseTarHeader(await read(at, BLOCK), refuse);
    at += BLOCK;
    if (header === undefined) {
      if (pending.name !== undefined || pending.size !== undefined)
        throw refuse('E_TRUNCATED', 'its last member is missing.');
      await checkEnd(read, at, total, refuse);
      return entries;
    }
    const isExtension = 'xgLK'.includes(header.type);
    const size = isExtension ? header.size : (pending.size ?? header.size);
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    if (size > total - at) {
      throw refuse(
        'E_TRUNCATED',
        `its member ${JSON.stringify(header.name.slice(0, 100))} claims ${size} bytes; ${total - at} are left.`,
      );
    }
    if (isExtension) {
      if (size > MAX_EXTENSION) throw refuse('E_TOO_LARGE', `it has an extended header of ${size} bytes.`);
      pending = extend(pending, header.type, await read(at, size), refuse);
    } else {
      const name = pending.name ?? header.name;
      // Folders are never made; `./` is how many tars begin.
      if (header.type === '5' && name !== '.' && name !== './')
        safeMemberName(name.replace(/\/$/, ''), refuse);
      else if (header.type !== '5' && header.type !== VOLUME)
        addEntry(entries, header.type, safeMemberName(name, refuse), at, size, refuse);
      if (entries.size > maxMembers) throw refuse('E_TOO_LARGE', `it has more than ${maxMembers} members.`);
      pending = {};
    }
    // The padding of the last member may be cut only together with the closing blocks, which the next turn reports.
    at = Math.min(at + padded, total);
  }
}

/**
 * Refuses an archive behind the end of this one, as `cat` of two makes it: its members would be lost unseen. Anything
 * else there is padding.
 */
async function checkEnd(read: ReadAt, start: number, total: number, refuse: Refuse): Promise<void> {
  for (let at = start; at + BLOCK <= Math.min(total, start + BEYOND); at += BLOCK) {
    const block = await read(at, BLOCK);
    if (block.every((byte) => byte === 0)) continue;
    let isHeader = true;
    try {
      parseTarHeader(block, refuse);
    } catch {
      isHeader = false;
    }
    if (!isHeader) return;
    throw refuse(
      'E_FORMAT',
      'a second archive follows the end of the first; join them by "tar --concatenate", or list both.',
    );
  }
}

function addEntry(
  entries: Map<string, TarEntry>,
  type: string,
  name: string,
  offset: number,
  size: number,
  refuse: Refuse,
): void {
  const shown = `its member ${JSON.stringify(name.slice(0, 100))}`;
  if ('12346'.includes(type))
    throw refuse('E_PATH', `${shown} is a link or device; only regular files are read.`);
  if (type !== '0')
    throw refuse('E_UNSUPPORTED', `${shown} is of type "${type}"; only regular files are read.`);
  if (entries.has(name)) throw refuse('E_DUPLICATE', `${shown} comes twice.`);
  entries.set(name, { name, offset, size });
}

function extend(pending: Pending, type: string, content: Buffer, refuse: Refuse): Pending {
  if (type === 'K') return pending; // a long link target: the link itself is refused when it comes
  if (type === 'L') return { ...pending, name: content.toString('utf8').replace(/\0+$/, '') };
  const records = parsePax(content, refuse);
  for (const key of records.keys()) {
    if (key.startsWith('GNU.sparse'))
      throw refuse('E_UNSUPPORTED', 'it holds a sparse file; only regular files are read.');
    if (type === 'g' && (key === 'path' || key === 'size'))
      throw refuse('E_UNSUPPORTED', `it sets ${key} for all members.`);
  }
  const next = { ...pending };
  const path = records.get('path');
  const size = records.get('size');
  if (path !== undefined) next.name = path;
  if (size !== undefined) {
    if (!/^\d{1,15}$/.test(size)) throw refuse('E_FORMAT', 'a pax header has an unreadable size.');
    next.size = Number(size);
  }
  return next;
}

/** Serves short reads from a window, so that runs of small members cost one system call per window. */
function windowed(readAt: ReadAt, refuse: Refuse, total: number): ReadAt {
  let start = 0;
  let window: Buffer = Buffer.alloc(0);
  return async (offset, length) => {
    if (offset + length > total) throw refuse('E_TRUNCATED', 'the tar archive ends inside a header.');
    if (offset < start || offset + length > start + window.length) {
      window = await readAt(offset, Math.min(Math.max(length, WINDOW), total - offset));
      start = offset;
      if (window.length < length) throw refuse('E_TRUNCATED', 'the tar archive ends inside a header.');
    }
    return window.subarray(offset - start, offset - start + length);
  };
}
