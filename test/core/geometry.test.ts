import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { centred, planFit } from '../../src/core/geometry.js';

const side = fc.integer({ min: 1, max: 5000 });

describe('planFit', () => {
  it('never gives a zero side, keeps contain inside and fills the frame with cover', () => {
    fc.assert(
      fc.property(side, side, side, side, (h, w, height, width) => {
        const contain = planFit(h, w, { fit: 'contain', height, width });
        expect(
          contain.height >= 1 && contain.height <= height && contain.width >= 1 && contain.width <= width,
        ).toBe(true);
        expect(contain.height === height || contain.width === width).toBe(true);
        const cover = planFit(h, w, { fit: 'cover', height, width });
        expect([cover.height, cover.width]).toEqual([height, width]);
        expect(cover.y.size === height || cover.x.size === width).toBe(true);
        const short = planFit(h, w, { fit: 'short', size: height });
        expect(Math.min(short.height, short.width)).toBe(height);
      }),
    );
  });

  it('cover of a square is Resize and CenterCrop of torchvision', () => {
    expect(planFit(61, 97, { fit: 'cover', height: 48, width: 48 })).toEqual({
      y: { size: 48, window: { start: 0, length: 48 } },
      x: { size: 76, window: { start: 14, length: 48 } },
      height: 48,
      width: 48,
    });
  });
});

it('centred rounds halves to even, as Python does, and pads as torchvision does', () => {
  expect([5, 7, 9, 8].map((whole) => centred(whole, 4))).toEqual([0, 2, 2, 2]);
  expect(centred(3, 4)).toBe(0);
  expect(centred(1, 4)).toBe(-1);
});
