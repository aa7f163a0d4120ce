import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Affine,
  affineDeterminant,
  applyAffine,
  axisCodes,
  composeAffine,
  IDENTITY_AFFINE,
  invertAffine,
  isInvertible,
  multiplyAffine,
  nearestRotation,
  parseAxisCodes,
  spacingOf,
} from '../../src/core/affine.js';
import { UsageError } from '../../src/core/errors.js';
import { expectClose } from '../helpers/close.js';

/** Rotations times scales, as scanners make them. */
const affines: fc.Arbitrary<Affine> = fc
  .tuple(
    fc.array(fc.double({ min: 0.1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
    fc.array(fc.double({ min: 0.3, max: 5, noNaN: true }), { minLength: 3, maxLength: 3 }),
    fc.array(fc.double({ min: -200, max: 200, noNaN: true }), { minLength: 3, maxLength: 3 }),
  )
  .map(([[a, b, c, d], scale, origin]) => {
    const n = 2 / (a! * a! + b! * b! + c! * c! + d! * d!);
    const [x, y, z, w] = [b!, c!, d!, a!];
    const rotation = [
      [1 - n * (y * y + z * z), n * (x * y - z * w), n * (x * z + y * w)],
      [n * (x * y + z * w), 1 - n * (x * x + z * z), n * (y * z - x * w)],
      [n * (x * z - y * w), n * (y * z + x * w), 1 - n * (x * x + y * y)],
    ];
    return composeAffine(
      rotation.map((row) => row.map((value, column) => value * scale[column]!)),
      origin,
    );
  });

describe('affine', () => {
  it('has inverses', () => {
    fc.assert(
      fc.property(affines, (a) =>
        expectClose(multiplyAffine(a, invertAffine(a)).flat(), IDENTITY_AFFINE.flat(), 9),
      ),
    );
  });

  it('moves points as products do', () => {
    fc.assert(
      fc.property(affines, affines, (a, b) => {
        const point = [3, -4, 5];
        expectClose(applyAffine(multiplyAffine(a, b), point), applyAffine(a, applyAffine(b, point)), 6);
      }),
    );
  });

  it('finds a rotation under scales', () => {
    fc.assert(
      fc.property(affines, (a) => {
        const rotation = composeAffine(nearestRotation(a), [0, 0, 0]);
        const size = spacingOf(a);
        expect(Math.abs(affineDeterminant(rotation))).toBeCloseTo(1, 9);
        expectClose(
          rotation
            .slice(0, 3)
            .flatMap((row) => row.slice(0, 3).map((value, column) => value * size[column]!)),
          a.slice(0, 3).flatMap((row) => row.slice(0, 3)),
          9,
        );
      }),
    );
  });

  it('names where axes point', () => {
    const pir: Affine = [
      [0, 0, 1.2, 5],
      [-1.1, 0, 0, 60],
      [0, -1.6, 0, 70],
      [0, 0, 0, 1],
    ];
    expect(axisCodes(pir)).toBe('PIR');
    expect(axisCodes(IDENTITY_AFFINE)).toBe('RAS');
    expect(parseAxisCodes('lps')).toEqual([
      { axis: 0, sign: -1 },
      { axis: 1, sign: -1 },
      { axis: 2, sign: 1 },
    ]);
  });

  it.each(['', 'RA', 'RAA', 'RLS', 'XYZ', 'RASS'])('refuses the orientation "%s"', (codes) => {
    expect(() => parseAxisCodes(codes)).toThrow(UsageError);
  });

  it('refuses to invert what is singular or not finite', () => {
    const zero = composeAffine(
      [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
      [0, 0, 0],
    );
    const flat = composeAffine(
      [
        [1, 1, 0],
        [1, 1, 0],
        [0, 0, 1],
      ],
      [0, 0, 0],
    );
    const broken = composeAffine(
      [
        [Number.NaN, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      [0, 0, 0],
    );
    for (const affine of [zero, flat, broken]) {
      expect(isInvertible(affine)).toBe(false);
      expect(() => invertAffine(affine)).toThrow(RangeError);
    }
  });
});
