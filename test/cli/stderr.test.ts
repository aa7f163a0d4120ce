import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

test('TensorFlow itself writes nothing to standard error while an engine opens', async () => {
  const child = promisify(execFile)(process.execPath, [main, 'doctor', '--quiet']);
  const { stderr } = await child.catch((error: { stderr: string }) => error); // it may find things missing
  expect(stderr).toBe('');
}, 60_000);
