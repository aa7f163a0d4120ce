import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareCodePoints, comparePaths } from '../../src/core/order.js';

it('orders like the UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(
        Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
    }),
  );
  expect(['\u{1F600}', '\uFB01', 'z', 'Z'].sort(compareCodePoints)).toEqual([
    'Z',
    'z',
    '\uFB01',
    '\u{1F600}',
  ]);
});

it('orders paths folder by folder', () => {
  expect(['a-b/x', 'a/x', 'a/b/x', 'a'].sort(comparePaths)).toEqual(['a', 'a/b/x', 'a/x', 'a-b/x']);
});
