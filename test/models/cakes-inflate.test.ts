import { describe, expect, test } from 'vitest';
import { branchKernel } from '../../src/models/cakes/cakes.js';
import { inflateKernel } from '../../src/models/cakes/cakes-inflate.js';

const BRANCHES = ['kxkxk', '1xkxk', 'kx1xk', 'kxkx1', 'kx1x1', '1xkx1', '1x1xk'] as const;

/** Two outputs, one input; each value names its place. */
const kernel = (side: number) => ({
  shape: [2, 1, 1, side, side],
  data: Float32Array.from({ length: 2 * side * side }, (_, place) => place + 1),
});

const sums = ({ shape, data }: { shape: readonly number[]; data: Float32Array }): number[] => {
  const each = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, output) =>
    data.subarray(output * each, (output + 1) * each).reduce((sum, value) => sum + value, 0),
  );
};

describe.each([3, 5])('a 2D kernel of side %i', (side) => {
  test.each(BRANCHES)('as %s has its extents and answers a constant clip as before', (branch) => {
    const inflated = inflateKernel(kernel(side), branch);
    expect(inflated.shape).toEqual([2, 1, ...branchKernel(branch, side)]);
    const [before, after] = [sums(kernel(side)), sums(inflated)];
    for (const [output, sum] of before.entries()) expect(after[output]).toBeCloseTo(sum, 3);
  });

  test('as 1xkxk is the kernel itself', () => {
    expect(inflateKernel(kernel(side), '1xkxk').data).toEqual(kernel(side).data);
  });
});
