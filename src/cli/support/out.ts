import { readdir } from 'node:fs/promises';
import { StorageError } from '../../core/errors.js';
import { LOCK_NAME } from '../../io/files/lock.js';
import { checkFolder } from '../../io/files/make-folder.js';
import { isTemporary } from '../../io/files/temporary.js';

/**
 * Checks the folder of `--out` before anything long begins: that it can be written, and that it is new, empty, or one
 * that the same verb began, which holds one of `marks`. So no verb spreads its files among a user's.
 * @throws StorageError E_EXISTS for a folder with other files; as `checkFolder`
 */
export async function expectOut(out: string, marks: readonly string[]): Promise<void> {
  await checkFolder(out);
  const names = await readdir(out).catch((): string[] => []);
  if (marks.some((name) => names.includes(name))) return;
  const other = names.find((name) => !name.startsWith(LOCK_NAME) && !isTemporary(name));
  if (other === undefined) return;
  throw new StorageError(
    'E_EXISTS',
    `Cannot write into ${out}: it holds other files, such as ${other}. Choose a new or empty folder.`,
  );
}
