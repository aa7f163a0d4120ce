import type { TensorFile } from '../../src/io/tensors/safetensors.js';
import { type GoldenCase, numbersOf } from './case.js';
import { samplePositions } from './procedural.js';

/** One compared quantity: largest difference relative to the golden's largest magnitude, against its limit. */
export interface Check {
  readonly name: string;
  readonly error: number;
  readonly tolerance: number;
  /** Why there is no difference to tell: another number of values, values that are not numbers, no such output. */
  readonly reason?: string;
}

/** What a builder gives: values to compare with the stored tensors, and comparisons that it made itself. */
export interface Outcome {
  readonly outputs?: ReadonlyMap<string, ArrayLike<number>>;
  readonly checks?: readonly Check[];
  /**
   * The same outputs computed in float64 from the same network definition and update rule, asked for only when float32
   * misses a limit: a single ReLU or max-pool that decides the other way in float32 moves weights by up to FLIPPED.
   * Later steps enlarge that; by how much is told by weights that begin `shaken` by a small share of themselves.
   */
  readonly exact?: (shaken?: number) => ReadonlyMap<string, ArrayLike<number>>;
  /** The builder compared every stored tensor itself, by absolute limits. */
  readonly absolute?: boolean;
}

/** Runs one case through the public API. `folder` holds the case's other files. */
export type Builder = (golden: GoldenCase, folder: string) => Outcome | Promise<Outcome>;

export const passes = ({ error, tolerance }: Check): boolean => error <= tolerance;

/** Largest absolute difference over the golden's largest magnitude (absolute where the golden is all zero). */
export function relativeError(got: ArrayLike<number>, golden: ArrayLike<number>): number {
  if (got.length !== golden.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < golden.length; i++) {
    largest = Math.max(largest, Math.abs(golden[i]!));
    const delta = Math.abs(got[i]! - golden[i]!);
    difference = Number.isNaN(delta) ? Number.POSITIVE_INFINITY : Math.max(difference, delta);
  }
  return largest === 0 ? difference : difference / largest;
}

const notANumber = (values: ArrayLike<number>): number =>
  Array.prototype.findIndex.call(values, Number.isNaN);

/** Why two arrays cannot be compared number by number. */
function obstacle(name: string, got: ArrayLike<number>, golden: ArrayLike<number>): string | undefined {
  if (got.length !== golden.length)
    return `Expected ${golden.length} values of ${name} but the library gave ${got.length}.`;
  if (notANumber(golden) >= 0)
    return `Expected numbers in the golden ${name} but found NaN at ${notANumber(golden)}.`;
  if (notANumber(got) >= 0)
    return `Expected numbers of ${name} but the library gave NaN at ${notANumber(got)}.`;
  return undefined;
}

/** A comparison of two arrays of numbers. */
export function check(
  name: string,
  got: ArrayLike<number>,
  golden: ArrayLike<number>,
  tolerance: number,
): Check {
  const reason = obstacle(name, got, golden);
  return { name, error: relativeError(got, golden), tolerance, ...(reason === undefined ? {} : { reason }) };
}

/** A comparison that is right or wrong: JSON-equal or not. */
export function checkSame(name: string, got: unknown, golden: unknown): Check {
  return { name, error: JSON.stringify(got) === JSON.stringify(golden) ? 0 : 1, tolerance: 0 };
}

export function toleranceOf({ tolerance }: GoldenCase, output: string): number {
  return tolerance?.per_output?.[output] ?? tolerance?.rel_to_absmax ?? tolerance?.abs ?? 2e-5;
}

/** What one decision that falls the other way in float32 may change: the golden data's own limit for iterations. */
const FLIPPED = 1e-2;

/** Large enough that some ReLUs decide the other way, small beside what that changes. */
const SHAKEN = 1e-4;

/** Beyond this nothing is put down to rounding. */
const FARTHEST = 0.1;

/**
 * Compares every stored output; one that the builder did not give is a miss, and so is one that the manifest lists but
 * the file does not hold. Stored inputs (`stat:`) are left out.
 */
export function compareOutputs(
  golden: GoldenCase,
  tensors: TensorFile['tensors'],
  outcome: Outcome,
): readonly Check[] {
  const lost = Object.keys(golden.outputs ?? {})
    .filter((name) => !tensors.has(name) && !tensors.has(`${name}#sample`))
    .map((name): Check => {
      const reason = `Expected ${name}, which the manifest lists, but the file ${golden.file} does not hold it.`;
      return { name, error: Number.POSITIVE_INFINITY, tolerance: toleranceOf(golden, name), reason };
    });
  if (outcome.absolute === true) return [...(outcome.checks ?? []), ...lost];
  const stored = [...tensors.keys()].filter((name) => !name.startsWith('stat:'));
  const compareWith = (outputs: Outcome['outputs'], label: string) =>
    stored.map((key): Check => {
      const name = key.replace(/#sample$/, '');
      const tolerance = toleranceOf(golden, name);
      const got = outputs?.get(name);
      if (got === undefined) {
        const reason = `Expected a value of ${name} but the library computes no such output in this kind of case.`;
        return { name, error: Number.POSITIVE_INFINITY, tolerance, reason };
      }
      const values = key === name ? got : samplePositions(got.length).map((position) => got[position]!);
      return check(name + label, values, numbersOf(tensors, key)!, tolerance);
    });
  const checks = compareWith(outcome.outputs, '');
  const extra = [...(outcome.checks ?? []), ...lost];
  if (outcome.exact === undefined || checks.every(passes)) return [...checks, ...extra];
  const exact = compareWith(outcome.exact(), ' (float64)');
  const loose = (tolerance: number) =>
    checks.map((each): Check => ({ ...each, name: `${each.name} (float32)`, tolerance }));
  const isFar = exact.every(passes) && !loose(FLIPPED).every(passes);
  const shaken = isFar ? compareWith(outcome.exact(SHAKEN), '').map(({ error }) => error) : [];
  return [...exact, ...loose(Math.min(FARTHEST, Math.max(FLIPPED, ...shaken))), ...extra];
}
