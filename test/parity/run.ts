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
  readonly message?: string;
}

/** Runs one case and compares everything that it stores. */
export async function runCase(golden: GoldenCase, folder: string): Promise<CaseResult> {
  const { case: name, builder: builderName } = golden;
  const builder = builderOf(builderName);
  if (builder === undefined) return { case: name, builder: builderName, status: 'no builder', checks: [] };
  try {
    const outcome = await builder(golden, folder);
    const checks = compareOutputs(golden, await readTensors(folder, golden), outcome);
    const ratio = ({ error, tolerance }: Check) =>
      error === 0 ? 0 : error / Math.max(tolerance, Number.MIN_VALUE);
    const worst = [...checks].sort((a, b) => ratio(b) - ratio(a))[0];
    const status = checks.length > 0 && checks.every(passes) ? 'pass' : 'miss';
    return { case: name, builder: builderName, status, checks, ...(worst === undefined ? {} : { worst }) };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { case: name, builder: builderName, status: 'error', checks: [], message };
  }
}
