/**
 * `npm test`: builds what is missing, gets the engine, runs vitest (arguments are passed on) and ends with
 * `N passed, N failed`, alone on a line. Exit code 1 when a test or the set-up failed.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureEngine } from './support/ready.mjs';
import { fail, node, root } from './support/run.mjs';

const folder = await mkdtemp(join(tmpdir(), 'cuemix-test-'));
const report = join(folder, 'report.json');

try {
  await ensureBuilt();
  await ensureEngine();
  const args = [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
    ...process.argv.slice(2),
  ];
  const failure = await node(join(root, 'node_modules/vitest/vitest.mjs'), args).then(
    () => undefined,
    (error) => error,
  );
  const { passed, failed, leftOut } = count(JSON.parse(await readFile(report, 'utf8')));
  if (leftOut.length > 0) console.log(`Left out: ${leftOut.join('; ')}`);
  console.log(`${passed} passed, ${failed} failed`);
  if (failure !== undefined) fail(failure);
} catch (error) {
  fail(error);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** A file that could not even be loaded counts as one failure. */
function count(results) {
  const broken = results.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const cases = results.testResults.flatMap((file) => file.assertionResults);
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + broken.length,
    leftOut: cases
      .filter(({ status }) => status === 'pending' || status === 'skipped')
      .map(({ fullName }) => fullName),
  };
}
