import { expect, it } from 'vitest';
import { expandPattern } from '../../src/io/pattern.js';

it('expands ranges and lists, keeping zeros, and leaves the rest alone', () => {
  expect(expandPattern('a-{008..011}.tar')).toEqual(['a-008.tar', 'a-009.tar', 'a-010.tar', 'a-011.tar']);
  expect(expandPattern('{a,b}/{0..1}')).toEqual(['a/0', 'a/1', 'b/0', 'b/1']);
  expect(expandPattern('plain {x} [1].tar')).toEqual(['plain {x} [1].tar']);
  expect(() => expandPattern('{9..1}')).toThrow(/goes up/);
  expect(() => expandPattern('{0..9999999999}')).toThrow(/at most/);
  expect(() => expandPattern('{0..99999}{0..99999}')).toThrow(/at most/);
});
