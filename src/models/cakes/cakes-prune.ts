import { branchKernel, type CakesSplit, MIXED_OPS, type MixedOp } from './cakes.js';

/** Share of each branch in the cost-priority search's penalty: proportional to its kernel positions. */
export function branchShares(op: MixedOp): number[] {
  const sizes = MIXED_OPS[op].map((branch) => branchKernel(branch).reduce((product, k) => product * k, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => size / total);
}

/**
 * What the cost-priority search of CAKES adds to the gradient of a search layer's scales: s · share · sign(γ), the
 * branches' channels standing one after the other in equal parts.
 */
export function costGradient(op: MixedOp, scales: Float32Array, strength = 1e-4): Float32Array {
  const shares = branchShares(op);
  const part = scales.length / shares.length;
  return scales.map((gamma, index) => strength * shares[Math.floor(index / part)]! * Math.sign(gamma));
}

export interface PrunedLayer {
  /** Channels that each branch keeps. */
  readonly split: CakesSplit;
  /** The smallest |γ| that was kept. */
  readonly threshold: number;
  /** Positions kept, in the joined order. */
  readonly kept: readonly number[];
}

/**
 * The result of a CAKES search for one layer: of all channels of all branches, as many as the layer has, those with
 * the largest |γ|.
 *
 * @param scales γ of the search layer's norm, branches joined in order
 * @param widths channels of each branch in the search layer; equal parts unless given
 * @throws RangeError when there are fewer channels than branches
 */
export function pruneLayer(op: MixedOp, scales: Float32Array, widths?: readonly number[]): PrunedLayer {
  const branches = MIXED_OPS[op];
  const count = Math.trunc(scales.length / branches.length);
  if (count < 1)
    throw new RangeError(`Expected at least ${branches.length} channels but received ${scales.length}.`);
  const sizes =
    widths ??
    branches.map((_, index) => (index === 0 ? scales.length - count * (branches.length - 1) : count));
  const magnitudes = scales.map(Math.abs);
  const threshold = magnitudes.toSorted((a, b) => b - a)[count - 1]!;
  const kept = [...magnitudes.keys()].filter((index) => magnitudes[index]! >= threshold);
  let end = 0;
  const split = branches.map((branch, index) => {
    const start = end;
    end += sizes[index]!;
    return [branch, kept.filter((position) => position >= start && position < end).length] as const;
  });
  return { split: Object.fromEntries(split), threshold, kept };
}
