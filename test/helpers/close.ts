import { expect } from 'vitest';

/** Expects two lists of numbers to be as long and equal to `digits` decimals. */
export function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, digits: number): void {
  expect(got.length).toBe(want.length);
  for (let at = 0; at < want.length; at++) expect(got[at]).toBeCloseTo(want[at]!, digits);
}
