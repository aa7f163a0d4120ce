import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blend, dual, hard, type Label, toDense } from '../../src/core/label.js';

const classId = fc.nat(9);
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const label: fc.Arbitrary<Label> = fc.oneof(
  classId.map(hard),
  fc.tuple(classId, classId, unit).map(([a, b, gamma]) => dual(a, b, gamma)),
);
const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

describe('labels', () => {
  it('keep weights that sum to 1 under any mixing', () => {
    fc.assert(
      fc.property(label, label, label, unit, unit, (a, b, c, lambda, mu) => {
        const mixed = blend(blend(a, b, lambda), c, mu);
        expect(sum(mixed.map(({ weight }) => weight))).toBeCloseTo(1, 9);
        expect(sum(toDense([mixed], 10))).toBeCloseTo(1, 5);
      }),
    );
  });

  it('mix linearly: dense(blend) is the blend of the dense', () => {
    fc.assert(
      fc.property(label, label, unit, (a, b, lambda) => {
        const mixed = toDense([blend(a, b, lambda)], 10);
        const [da, db] = [toDense([a], 10), toDense([b], 10)];
        mixed.forEach((value, index) => {
          expect(value).toBeCloseTo((1 - lambda) * da[index]! + lambda * db[index]!, 5);
        });
      }),
    );
  });

  it('keep their cue through mixing', () => {
    const mixed = blend(dual(1, 2, 0.8), hard(3), 0.5);
    expect(mixed.map(({ cue }) => cue)).toEqual(['shape', 'texture', undefined]);
  });

  it('add up votes for one class, row by row', () => {
    expect([...toDense([dual(1, 1, 0.25), hard(0)], 2)]).toEqual([0, 1, 1, 0]);
  });

  it('refuse classes that are not there', () => {
    for (const bad of [-1, 2, 0.5, Number.NaN]) expect(() => toDense([hard(bad)], 2)).toThrow(RangeError);
  });
});
