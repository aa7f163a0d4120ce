import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SHUFFLE_LIMIT } from '../../src/core/permutation.js';
import { Rng } from '../../src/core/rng.js';

const lengths = fc.oneof(
  fc.integer({ min: 0, max: 60 }),
  fc.integer({ min: SHUFFLE_LIMIT - 2, max: SHUFFLE_LIMIT + 500 }),
);

describe('permutation', () => {
  it('holds every number once, and indexOf inverts at', () => {
    fc.assert(
      fc.property(fc.integer(), lengths, (seed, n) => {
        const order = Rng.of(seed).permutation(n);
        const all = order.toArray();
        expect(all).toEqual([...order]);
        expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, index) => index));
        for (let index = 0; index < n; index += 1 + (n >> 4)) {
          expect(order.at(index)).toBe(all[index]);
          expect(order.indexOf(all[index]!)).toBe(index);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is a pure function of its address', () => {
    for (const n of [10, 10_000]) {
      const a = Rng.of(3).at('order').permutation(n).toArray();
      expect(Rng.of(3).at('order').permutation(n).toArray()).toEqual(a);
      expect(Rng.of(4).at('order').permutation(n).toArray()).not.toEqual(a);
    }
  });

  it('gives the 24 orders of four evenly', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 24_000; seed++) {
      const key = Rng.of(seed).permutation(4).toArray().join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const chi2 = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(counts.size).toBe(24);
    expect(chi2).toBeLessThan(58); // 23 degrees of freedom, p about 1e-4
  });

  it('answers at once for billions of elements', () => {
    const order = Rng.of(1).permutation(5_000_000_000);
    const at = order.at(4_999_999_999);
    expect(order.indexOf(at)).toBe(4_999_999_999);
  });

  it('scatters elements evenly when it is computed one by one', () => {
    const n = 20_000;
    const order = Rng.of('scatter').permutation(n).toArray();
    const cells = new Array<number>(100).fill(0);
    for (const [index, value] of order.entries()) {
      cells[Math.floor((index * 10) / n) * 10 + Math.floor((value * 10) / n)]!++;
    }
    const chi2 = cells.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    expect(chi2).toBeLessThan(140); // 81 degrees of freedom, p = 5e-5
    const fixed = order.filter((value, index) => value === index).length;
    expect(fixed).toBeLessThan(10); // Poisson(1)
    const steps = order.slice(1).filter((value, index) => value === order[index]! + 1).length;
    expect(steps).toBeLessThan(10);
  });

  it('refuses indices outside', () => {
    const order = Rng.of(1).permutation(3);
    for (const bad of [-1, 3, 0.5, Number.NaN]) expect(() => order.at(bad)).toThrow(RangeError);
    expect(() => Rng.of(1).permutation(-1)).toThrow(RangeError);
  });
});
