import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { openEngine } from '../../src/engine/index.js';
import { readCases } from '../parity/case.js';
import { passes } from '../parity/compare.js';
import { runCase } from '../parity/run.js';

/** Numbers that the papers' own code gave: the small ones of the cases that `npm run parity` runs. */
const folder = fileURLToPath(new URL('../golden', import.meta.url));
const cases = await readCases(folder);

beforeAll(async () => {
  await openEngine();
});

test.each(cases.map((golden) => [golden.case, golden] as const))('%s', async (_, golden) => {
  const { status, checks, message } = await runCase(golden, folder);
  expect(checks.filter((check) => !passes(check))).toEqual([]);
  expect(status, message).toBe('pass');
});
