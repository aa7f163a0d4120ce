import { stat } from 'node:fs/promises';
import { UsageError } from '../../core/errors.js';
import { systemCode } from '../../io/files/storage-error.js';
import { isUrl } from '../../io/index.js';

/**
 * Refuses paths on the command line that lead nowhere, before anything is opened: keys are what the help calls them,
 * such as `<data>` or `--styles`. URLs and patterns such as `{000..009}` are left to who opens them.
 * @throws UsageError
 */
export async function expectPaths(
  told: Readonly<Record<string, string | readonly string[] | undefined>>,
): Promise<void> {
  for (const [name, value = []] of Object.entries(told)) {
    for (const path of [value].flat()) {
      if (isUrl(path) || path.includes('{')) continue;
      const isMissing = await stat(path).then(
        () => false,
        (error: unknown) => ['ENOENT', 'ENOTDIR'].includes(systemCode(error)),
      );
      if (!isMissing) continue;
      const shown = path === '' ? 'an empty path' : path;
      throw new UsageError(`Expected ${name} to be a path that exists but there is nothing at ${shown}.`);
    }
  }
}
