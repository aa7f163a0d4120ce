import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('docs/transforms.md is what the registry says, and its picture is small', async () => {
  await promisify(execFile)(process.execPath, [join(root, 'scripts/docs-transforms.mjs'), '--check']);
  expect((await stat(join(root, 'docs/transforms.jpg'))).size).toBeLessThan(300_000);
});
