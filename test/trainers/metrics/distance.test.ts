import fc from 'fast-check';
import { expect, it } from 'vitest';
import { distanceTo } from '../../../src/trainers/metrics/distance.js';

it('gives the exact distance to the nearest marked cell', () => {
  fc.assert(
    fc.property(
      fc.tuple(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
      ),
      fc.array(fc.double({ min: 0.2, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 }),
      fc.array(fc.boolean(), { minLength: 216, maxLength: 216 }),
      (shape, spacing, cells) => {
        const [nz, ny, nx] = shape;
        const marked = Uint8Array.from(cells.slice(0, nz * ny * nx), Number);
        const at = (index: number) => [Math.floor(index / nx / ny), Math.floor(index / nx) % ny, index % nx];
        const got = distanceTo(marked, shape, spacing);
        got.forEach((distance, here) => {
          let best = Number.POSITIVE_INFINITY;
          marked.forEach((mark, there) => {
            if (mark === 0) return;
            const [a, b] = [at(here), at(there)];
            best = Math.min(best, Math.hypot(...a.map((value, axis) => (value - b[axis]!) * spacing[axis]!)));
          });
          if (best === Number.POSITIVE_INFINITY) expect(distance).toBe(best);
          else expect(distance).toBeCloseTo(best, 9);
        });
      },
    ),
    { numRuns: 60 },
  );
});
