import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';

const draws = (rng: Rng, count: number) => Array.from({ length: count }, () => rng.uniform());
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Kolmogorov-Smirnov distance between a sample and a cumulative distribution function. */
function ks(values: readonly number[], cdf: (x: number) => number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.reduce((worst, value, index) => {
    const p = cdf(value);
    return Math.max(worst, Math.abs(p - index / sorted.length), Math.abs((index + 1) / sorted.length - p));
  }, 0);
}
const KS_LIMIT = (n: number) => 2.2 / Math.sqrt(n); // p about 1e-4

describe('addresses', () => {
  const part = fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));

  it('give the same draws whatever was drawn elsewhere', () => {
    fc.assert(
      fc.property(part, fc.array(part, { maxLength: 4 }), fc.nat(9), (seed, path, before) => {
        const parent = Rng.of(seed);
        draws(parent, before);
        expect(draws(parent.at(...path), 5)).toEqual(draws(Rng.of(seed).at(...path), 5));
      }),
    );
  });

  it('nest: at(a, b) is at(a).at(b)', () => {
    fc.assert(
      fc.property(part, part, (a, b) => {
        expect(Rng.of(1).at(a, b).bits()).toBe(Rng.of(1).at(a).at(b).bits());
      }),
    );
  });

  it('differ by type, order, split and seed', () => {
    const first = (rng: Rng) => `${rng.bits()}.${rng.bits()}`;
    const all = [
      Rng.of(1),
      Rng.of('1'),
      Rng.of(0).at(1),
      Rng.of(1).at(0),
      Rng.of(1).at(2, 3),
      Rng.of(1).at(3, 2),
      Rng.of(1).at(23),
      Rng.of(1).at('2', '3'),
      Rng.of(1).at('23'),
      Rng.of(1).at('2\0', '3'),
      Rng.of(1).at('23\0'),
      Rng.of(1).at(''),
    ].map(first);
    expect(new Set(all).size).toBe(all.length);
  });

  it('do not collide: 64-bit prefixes of 200,000 samples', () => {
    const seen = new Set<number>();
    for (let index = 0; index < 200_000; index++) {
      const rng = Rng.of(0).at('epoch', index & 1, index >> 1);
      seen.add((rng.bits() >>> 0) * 0x200000 + (rng.bits() >>> 11)); // 53 of the 64 bits
    }
    expect(seen.size).toBe(200_000);
  });

  it('are a fixed function: the numbers of version 1', () => {
    const rng = Rng.of(7).at('epoch', 3, 'sample', 12, 'flip');
    expect([rng.bits(), rng.bits(), rng.bits(), rng.bits(), rng.bits()]).toMatchInlineSnapshot(`
      [
        2742859471,
        3626183861,
        3501157380,
        2510896981,
        1186534670,
      ]
    `);
  });

  it('refuse NaN and infinities', () => {
    expect(() => Rng.of(Number.NaN)).toThrow(RangeError);
    expect(() => Rng.of(1).at(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });

  it('show no correlation between neighbouring seeds', () => {
    const values = Array.from({ length: 20_000 }, (_, seed) => Rng.of(seed).uniform() - 0.5);
    const lag = mean(values.slice(1).map((value, index) => value * values[index]!)) * 12;
    expect(Math.abs(lag)).toBeLessThan(0.03);
  });
});

describe('distributions', () => {
  it('uniform stays in its half-open range and is flat', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ min: -1e6, max: 1e6 }),
        fc.double({ min: 1e-9, max: 1e6 }),
        (seed, low, width) => {
          const high = low + width;
          fc.pre(high > low);
          const value = Rng.of(seed).uniform(low, high);
          expect(value >= low && value < high).toBe(true);
        },
      ),
    );
    expect(ks(draws(Rng.of('flat'), 20_000), (x) => x)).toBeLessThan(KS_LIMIT(20_000));
  });

  it('integer covers 0..n-1 evenly', () => {
    const rng = Rng.of('dice');
    const counts = new Array<number>(7).fill(0);
    for (let draw = 0; draw < 70_000; draw++) counts[rng.integer(7)]!++;
    const chi2 = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chi2).toBeLessThan(27.9); // 6 degrees of freedom, p = 1e-4
    expect(rng.integer(1)).toBe(0);
    expect(rng.integer(2 ** 53)).toBeLessThan(2 ** 53);
    for (const bad of [0, -1, 1.5, Number.NaN, 2 ** 54]) expect(() => rng.integer(bad)).toThrow(RangeError);
  });

  it('normal has mean 0 and deviation 1', () => {
    const rng = Rng.of('bell');
    const values = Array.from({ length: 20_000 }, () => rng.normal());
    expect(ks(values, normalCdf)).toBeLessThan(KS_LIMIT(20_000));
    expect(mean(Array.from({ length: 5000 }, () => rng.normal(10, 0.5)))).toBeCloseTo(10, 1);
  });

  it.each([0.01, 0.2, 1, 5])('beta(a, a) for a = %d is symmetric with the right variance', (a) => {
    const rng = Rng.of('beta').at(a);
    const values = Array.from({ length: 20_000 }, () => rng.beta(a, a));
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(mean(values)).toBeCloseTo(0.5, 1);
    expect(mean(values.map((value) => (value - 0.5) ** 2))).toBeCloseTo(1 / (4 * (2 * a + 1)), 2);
  });

  it('beta follows known distribution functions', () => {
    const sample = (a: number, b: number) => {
      const rng = Rng.of('beta').at(a, b);
      return Array.from({ length: 20_000 }, () => rng.beta(a, b));
    };
    expect(ks(sample(1, 1), (x) => x)).toBeLessThan(KS_LIMIT(20_000));
    expect(ks(sample(3, 1), (x) => x ** 3)).toBeLessThan(KS_LIMIT(20_000));
    expect(ks(sample(0.5, 0.5), (x) => (2 / Math.PI) * Math.asin(Math.sqrt(x)))).toBeLessThan(
      KS_LIMIT(20_000),
    );
    expect(() => Rng.of(1).beta(0, 1)).toThrow(RangeError);
  });
});

/** Standard normal distribution function (Abramowitz & Stegun 7.1.26; error below 1.5e-7). */
function normalCdf(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
    Math.exp((-x * x) / 2);
  return x < 0 ? tail / 2 : 1 - tail / 2;
}
