import { parseArgs } from 'node:util';
import { CuemixError, DatasetError } from '../../src/core/errors.js';
import { openEngine } from '../../src/engine/index.js';
import { readCases } from './case.js';
import type { Check } from './compare.js';
import { type CaseResult, runCase } from './run.js';

const HELP = `npm run parity -- [options]: compares the networks with the papers' own numbers
  --cases DIR   folder with manifest.json (default: ../shared/golden, else test/golden)
  --only TEXT   only cases whose name or builder contains TEXT
  --all         also list every comparison of each case
  --json        one JSON document on standard output`;

const scientific = (value: number) => (Number.isFinite(value) ? value.toExponential(1) : 'absent');

function line({ case: name, status, worst }: CaseResult): string {
  const mark = status === 'pass' ? 'pass' : status.toUpperCase();
  const numbers =
    worst === undefined ? '' : `${scientific(worst.error)} / ${scientific(worst.tolerance)}  ${worst.name}`;
  return `${mark.padEnd(11)}${name.padEnd(44)}${numbers}`;
}

const isExact = ({ name }: Check): boolean => name.endsWith('(float64)');

/**
 * The command line: exit code 0 when every case passes, else 1, and 2 for options that make no sense. `folder` is used
 * unless --cases says another.
 */
export async function main(args: readonly string[], folder: string): Promise<number> {
  try {
    return await compareCases(args, folder);
  } catch (error) {
    const isUsage =
      error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (!isUsage && !(error instanceof CuemixError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return isUsage ? 2 : 1;
  }
}

async function compareCases(args: readonly string[], folder: string): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cases: { type: 'string' },
      only: { type: 'string' },
      all: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const write = (text: string) => process.stdout.write(`${text}\n`);
  if (values.help) {
    write(HELP);
    return 0;
  }
  const directory = values.cases ?? folder;
  const wanted = (await readCases(directory)).filter(
    ({ case: name, builder }) => values.only === undefined || `${name} ${builder}`.includes(values.only),
  );
  if (wanted.length === 0) {
    const filter = values.only === undefined ? '' : ` with ${JSON.stringify(values.only)} in its name`;
    throw new DatasetError('E_EMPTY', `Expected a case${filter} in ${directory} but found none.`);
  }
  await openEngine();
  const results: CaseResult[] = [];
  for (const golden of wanted) {
    const result = await runCase(golden, directory);
    results.push(result);
    if (values.json) continue;
    write(line(result));
    if (result.message !== undefined) write(`    ${result.message}`);
    if (values.all)
      for (const check of result.checks)
        write(`    ${scientific(check.error)} / ${scientific(check.tolerance)}  ${check.name}`);
  }
  const passed = results.filter(({ status }) => status === 'pass').length;
  if (values.json)
    write(JSON.stringify({ cases: directory, total: results.length, passed, results }, null, 1));
  else {
    const exact = results.filter(({ status, checks }) => status === 'pass' && checks.some(isExact)).length;
    const note =
      exact === 0 ? '' : ` (${exact} of them in float64, where float32 decided a ReLU or pool the other way)`;
    write(`${passed} of ${results.length} pass${note}`);
  }
  return passed === results.length && passed > 0 ? 0 : 1;
}
