import { CuemixError } from '../../src/core/errors.js';
import { type GoldenCase, readTensors } from './case.js';
import { type Check, compareOutputs, passes } from './compare.js';
import { builderOf } from './table.js';

export interface CaseResult {
  readonly case: string;
  readonly builder: string;
  readonly status: 'pass' | 'miss' | 'error' | 'no builder';
  /** The comparison that came closest to its limit, or furthest beyond. */
  readonly worst?: Check;
  readonly checks: readonly Check[];
  /** One sentence: why nothing could be compared, or what of it could not. */
  readonly message?: string;
}

/** What an error says, without the stack. Most that are not the library's own come of a case that lacks something. */
function sentence(error: unknown): string {
  const text = (error instanceof Error && error.message !== '' ? error.message : String(error)).split(
    '\n',
    1,
  )[0]!;
  const isOwn = error instanceof CuemixError || text.startsWith('Expected ');
  return isOwn ? text : `Expected a case that can be run but: ${text.replace(/\.$/, '')}.`;
}

/** Runs one case and compares everything that it stores. */
export async function runCase(golden: GoldenCase, folder: string): Promise<CaseResult> {
  const { case: name, builder: builderName } = golden;
  const builder = builderOf(builderName);
  if (builder === undefined) {
    const message = `Expected a kind of case that the runner knows but the builder is ${JSON.stringify(builderName)}.`;
    return { case: name, builder: builderName, status: 'no builder', checks: [], message };
  }
  try {
    if (golden.file === null && golden.data === undefined)
      throw new Error('Expected golden numbers but the case has neither a file nor data.');
    const outcome = await builder(golden, folder);
    const checks = compareOutputs(golden, await readTensors(folder, golden), outcome);
    const ratio = ({ error, tolerance }: Check) =>
      error === 0 ? 0 : error / Math.max(tolerance, Number.MIN_VALUE);
    const worst = [...checks].sort((a, b) => ratio(b) - ratio(a))[0];
    const status = checks.length > 0 && checks.every(passes) ? 'pass' : 'miss';
    const nothing = checks.length === 0 ? 'Expected numbers to compare but the case stores none.' : undefined;
    const message = nothing ?? checks.find(({ reason }) => reason !== undefined)?.reason;
    return {
      case: name,
      builder: builderName,
      status,
      checks,
      ...(worst === undefined ? {} : { worst }),
      ...(message === undefined ? {} : { message }),
    };
  } catch (error) {
    return { case: name, builder: builderName, status: 'error', checks: [], message: sentence(error) };
  }
}
