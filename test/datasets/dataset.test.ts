import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { concat, type Dataset, split, subset } from '../../src/datasets/dataset.js';

const numbers = (length: number, offset = 0, classes?: readonly string[]): Dataset => ({
  ...(classes && { classes }),
  length,
  read: (index) => Promise.resolve({ id: String(offset + index), index, rasters: {}, trace: [] }),
});
const all = (dataset: Dataset) =>
  Promise.all(Array.from({ length: dataset.length }, (_, index) => dataset.read(index, Rng.of(0))));
const idsOf = async (dataset: Dataset) => (await all(dataset)).map(({ id }) => id);

describe('subset', () => {
  it('gives the chosen samples under new indices', async () => {
    const part = subset(numbers(5, 0, ['a']), [4, 1, 1]);
    expect(await idsOf(part)).toEqual(['4', '1', '1']);
    expect((await all(part)).map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(part.classes).toEqual(['a']);
    expect(() => subset(numbers(5), [5])).toThrow(RangeError);
  });
});

describe('split', () => {
  it('is disjoint and complete for any length and fractions', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(200),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        async (n, w) => {
          const total = w.reduce((a, b) => a + b, 0);
          const parts = split(
            numbers(n),
            w.map((weight) => weight / total),
            Rng.of(1),
          );
          const ids = (await Promise.all(parts.map(idsOf))).flat().map(Number);
          expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, index) => index));
          parts.forEach((part, i) => {
            expect(Math.abs(part.length - (n * w[i]!) / total)).toBeLessThanOrEqual(1);
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses fractions that are not a whole', () => {
    for (const bad of [[0.5, 0.4], [1.5, -0.5], []])
      expect(() => split(numbers(4), bad, Rng.of(1))).toThrow(/sum to 1/);
  });
});

describe('concat', () => {
  it('joins in order', async () => {
    expect(await idsOf(concat([numbers(2), numbers(0), numbers(3, 10)]))).toEqual([
      '0',
      '1',
      '10',
      '11',
      '12',
    ]);
  });

  it('refuses different classes', () => {
    expect(() => concat([numbers(1, 0, ['a']), numbers(1, 0, ['b'])])).toThrow(/same classes/);
    expect(() => concat([])).toThrow(/one dataset or more/);
  });
});
