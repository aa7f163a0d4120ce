import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cosineDecay,
  emaDecay,
  exponentialDecay,
  linearDecay,
  multiGridSize,
  ramp,
  scaleEmaDecay,
  stepDecay,
  withWarmUp,
} from '../../src/trainers/index.js';

const steps = fc.integer({ min: 1, max: 1000 });
const rate = fc.double({ min: 1e-4, max: 10, noNaN: true });

describe('schedules', () => {
  test('fall from the base rate to their end and never rise', () => {
    fc.assert(
      fc.property(rate, steps, (base, length) => {
        for (const schedule of [
          cosineDecay({ base, steps: length }),
          linearDecay({ base, steps: length }),
          stepDecay({ base, at: [length / 2] }),
          exponentialDecay({ base, factor: 0.9, interval: length / 4 }),
          exponentialDecay({ base, factor: 0.9, interval: length / 4, staircase: false }),
        ]) {
          expect(schedule(0)).toBeCloseTo(base, 10);
          for (let step = 0; step < length; step++)
            expect(schedule(step + 1)).toBeLessThanOrEqual(schedule(step));
        }
        expect(cosineDecay({ base, steps: length })(2 * length)).toBeCloseTo(0, 10);
        expect(linearDecay({ base, steps: length })(2 * length)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('a warm-up is a line that ends at the full rate', () => {
    const flat = () => 1;
    expect([0, 1, 2, 3, 4].map(withWarmUp(flat, { steps: 4, from: 0.2 }))).toEqual(
      [0.2, 0.4, 0.6, 0.8, 1].map((value) => expect.closeTo(value)),
    );
    expect([0, 1, 2, 3, 4].map(withWarmUp(flat, { steps: 4, reaches: 'within' }))).toEqual([
      0.25, 0.5, 0.75, 1, 1,
    ]);
    expect(withWarmUp(flat, { steps: 0 })(0)).toBe(1);
  });

  test('a ramp waits, rises and stays', () => {
    expect([0, 5, 10, 15, 20, 99].map(ramp({ full: 2, steps: 10, start: 5 }))).toEqual([0, 0, 1, 2, 2, 2]);
  });
});

test('the stylised extent is one of three, smaller in even batches and first halves', () => {
  const size = (epoch: number, batch: number) =>
    multiGridSize({ bounds: [30, 60, 90], epochs: 100 }, epoch, batch);
  expect([size(0, 0), size(0, 1), size(15, 0), size(15, 1), size(30, 0), size(99, 1)]).toEqual([
    112, 158, 158, 224, 112, 224,
  ]);
});

test('averages follow quickly at first and forget alike per sample', () => {
  expect(emaDecay(0.9999, 1)).toBeCloseTo(2 / 11);
  expect(emaDecay(0.9999, 1e9)).toBe(0.9999);
  expect(scaleEmaDecay(0.99, 512, 1024) ** 2).toBeCloseTo(0.99);
});
