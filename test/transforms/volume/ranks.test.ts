import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ranksOf } from '../../../src/transforms/volume/ranks.js';

it('gives what sorting gives, without values that are not finite or are 0', () => {
  fc.assert(
    fc.property(fc.array(fc.float(), { minLength: 1, maxLength: 80 }), fc.boolean(), (values, nonzero) => {
      const data = Float32Array.from(values);
      const sorted = data.filter((value) => Number.isFinite(value) && !(nonzero && value === 0)).sort();
      const ranks = ranksOf(data, nonzero);
      expect(ranks.count).toBe(sorted.length);
      expect(Float32Array.from(sorted, (_, rank) => ranks.at(rank))).toEqual(sorted);
    }),
  );
});

it('counts integers', () => {
  const ranks = ranksOf(Int16Array.of(5, -32768, 0, 32767, 0), true);
  expect([ranks.count, ranks.at(0), ranks.at(1), ranks.at(2)]).toEqual([3, -32768, 5, 32767]);
  expect(ranksOf(Uint8Array.of(9, 0, 255), false).at(2)).toBe(255);
});
