import { closeSync, openSync, readSync } from 'node:fs';
import { DatasetError } from '../../core/errors.js';
import { storageError } from '../../io/files/storage-error.js';

/**
 * Files that are read at a place, at once (it is a copy from the page cache, quicker than a turn through the thread
 * pool), and stay open.
 */
export class PositionedFiles {
  private readonly files = new Map<string, number>();

  /** Fills `into` from byte `offset` on. Throws DatasetError E_TRUNCATED where the file ends before; StorageError. */
  read(path: string, offset: number, into: Uint8Array): void {
    try {
      let file = this.files.get(path);
      if (file === undefined) {
        file = openSync(path, 'r');
        this.files.set(path, file);
      }
      let done = 0;
      while (done < into.length) {
        const count = readSync(file, into, done, into.length - done, offset + done);
        if (count === 0)
          throw new DatasetError(
            'E_TRUNCATED',
            `Expected ${into.length} bytes at ${offset} of ${path} but it ends before.`,
          );
        done += count;
      }
    } catch (error) {
      throw storageError(error, path, 'read');
    }
  }

  close(): void {
    for (const file of this.files.values()) closeSync(file);
    this.files.clear();
  }
}
