import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import {
  balanced,
  byShard,
  mixture,
  type Order,
  sequential,
  shuffled,
  weighted,
} from '../../src/datasets/samplers.js';

const rng = (epoch = 0) => Rng.of(5).at('epoch', epoch, 'order');
const all = (order: Order) => Array.from({ length: order.length }, (_, place) => order.at(place));
const counts = (values: readonly number[], kinds: number) => {
  const sums = new Array<number>(kinds).fill(0);
  for (const value of values) sums[value]!++;
  return sums;
};

describe('samplers', () => {
  it('shuffled and sequential take every sample once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9000 }), (length) => {
        for (const sampler of [shuffled, sequential]) {
          expect(all(sampler(length, rng(), 0)).sort((a, b) => a - b)).toEqual(
            Array.from({ length }, (_, i) => i),
          );
        }
      }),
      { numRuns: 8 },
    );
  });

  it('weighted draws in proportion and never draws weight 0', () => {
    const weights = [0, 1, 2, 0, 5, 2];
    const drawn = counts(all(weighted(weights, 20_000)(6, rng(), 0)), 6);
    expect(drawn[0]! + drawn[3]!).toBe(0);
    const chi2 = [1, 2, 4, 5].reduce((sum, i) => {
      const expected = weights[i]! * 2000;
      return sum + (drawn[i]! - expected) ** 2 / expected;
    }, 0);
    expect(chi2).toBeLessThan(21.1); // 3 degrees of freedom, p = 1e-4
    expect(() => weighted([0, 0])).toThrow(/above 0/);
    expect(() => weighted([1])(2, rng(), 0)).toThrow(/weight for each/);
  });

  it('balanced takes classes equally often and spreads over the members of each', () => {
    const classIds = [
      ...new Array<number>(90).fill(0),
      ...new Array<number>(7).fill(4),
      ...new Array<number>(3).fill(2),
    ];
    const drawn = all(balanced(classIds, 900)(100, rng(), 0));
    expect(
      counts(
        drawn.map((index) => classIds[index]!),
        5,
      ),
    ).toEqual([300, 0, 300, 0, 300]);
    const uses = counts(drawn, 100);
    expect(Math.max(...uses.slice(90, 97)) - Math.min(...uses.slice(90, 97))).toBeLessThanOrEqual(1);
    expect(all(balanced(classIds, 900)(100, rng(), 0))).toEqual(drawn);
  });

  it('mixture keeps its rates exactly and uses all samples of a set before any comes again', () => {
    const drawn = all(mixture([10, 40], [3, 1], 400)(50, rng(), 0));
    const first = drawn.filter((index) => index < 10);
    expect(first.length).toBe(300);
    expect(new Set(counts(first, 10)).size).toBe(1);
    expect(new Set(drawn.filter((index) => index >= 10)).size).toBe(40);
    expect(() => mixture([10], [1, 2])).toThrow(/one positive rate/);
  });

  it('byShard takes every sample once and keeps to few shards at a time', () => {
    const sizes = [5, 9, 1, 7, 4, 8];
    const order = byShard(sizes, 2)(34, rng(), 0);
    const drawn = all(order);
    expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: 34 }, (_, i) => i));
    const shardOf = sizes.flatMap((size, shard) => new Array<number>(size).fill(shard));
    const runs = drawn.map((index) => shardOf[index]!);
    for (const shard of sizes.keys()) {
      const span = runs.slice(runs.indexOf(shard), runs.lastIndexOf(shard) + 1);
      expect(new Set(span).size).toBeLessThanOrEqual(2);
    }
  });
});
