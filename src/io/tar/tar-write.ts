import { createHash } from 'node:crypto';
import { pack } from 'tar-stream';
import { DatasetError } from '../../core/errors.js';
import { type AtomicOptions, withAtomicFile, writeAll } from '../files/atomic.js';
import { refuseDataset } from '../refuse.js';
import { safeMemberName } from './tar-name.js';

/** One file to put into an archive. */
export interface TarMember {
  readonly name: string;
  readonly data: string | Uint8Array;
}

/** What was written. */
export interface WrittenTar {
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the archive. */
  readonly sha256: string;
  readonly members: number;
}

const byCodeUnit = (a: TarMember, b: TarMember): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/**
 * Writes an archive whose bytes depend on names and contents alone: time 0, owner 0, mode 0644. An array is sorted by
 * name; a stream is written in its own order, which must be ascending, so that both ways give the same archive.
 * The file appears under `path` only when whole (see `withAtomicFile`).
 * @throws DatasetError E_PATH (unsafe name), E_DUPLICATE, E_FORMAT (a stream out of order); StorageError
 */
export async function writeTar(
  path: string,
  members: readonly TarMember[] | AsyncIterable<TarMember>,
  options: AtomicOptions = {},
): Promise<WrittenTar> {
  const ordered = Symbol.asyncIterator in members ? members : [...members].sort(byCodeUnit);
  const refuse = refuseDataset(path);
  return withAtomicFile(
    path,
    async (handle) => {
      const archive = pack();
      const hash = createHash('sha256');
      let bytes = 0;
      let count = 0;
      const fill = async () => {
        let previous = '';
        for await (const { name, data } of ordered) {
          options.signal?.throwIfAborted();
          if (safeMemberName(name, refuse) !== name)
            throw refuse('E_PATH', `its member "${name}" has an unsafe name.`);
          if (name <= previous) {
            const twice = name === previous;
            throw new DatasetError(
              twice ? 'E_DUPLICATE' : 'E_FORMAT',
              `Cannot write ${path}: member "${name}" comes ${twice ? 'twice' : `after "${previous}", out of order`}.`,
            );
          }
          previous = name;
          count++;
          await addMember(archive, name, data);
        }
        archive.finalize();
      };
      const filling = fill().catch((error: unknown) => {
        archive.destroy(error instanceof Error ? error : new Error(String(error)));
        throw error;
      });
      // Awaited below; this keeps a failure from counting as unhandled while the loop still drains the archive.
      filling.catch(() => {});
      try {
        for await (const chunk of archive as AsyncIterable<Buffer>) {
          hash.update(chunk);
          bytes += chunk.length;
          await writeAll(handle, chunk);
        }
      } catch (error) {
        await filling.catch(() => {}); // its own complaint would be that the archive was closed early
        throw error;
      }
      await filling;
      return { bytes, sha256: hash.digest('hex'), members: count };
    },
    options,
  );
}

function addMember(archive: ReturnType<typeof pack>, name: string, data: string | Uint8Array): Promise<void> {
  const content =
    typeof data === 'string'
      ? Buffer.from(data, 'utf8')
      : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const header = {
    name,
    size: content.length,
    mode: 0o644,
    mtime: new Date(0),
    uid: 0,
    gid: 0,
    type: 'file' as const,
  };
  return new Promise((resolve, reject) => {
    archive.entry(header, content, (error) => (error ? reject(error) : resolve()));
  });
}
