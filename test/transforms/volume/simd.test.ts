import fc from 'fast-check';
import { expect, it } from 'vitest';
import { composeAffine } from '../../../src/core/affine.js';
import type { RasterData } from '../../../src/core/sample.js';
import { scaleToUnit, windowIntensity } from '../../../src/transforms/volume/intensity.js';
import { orientedGrid, regridAsync, regridScaled } from '../../../src/transforms/volume/regrid.js';
import { resampleSimd } from '../../../src/transforms/volume/simd.js';
import { finish } from '../../../src/transforms/volume/steps.js';
import { tapsAt } from '../../../src/transforms/volume/taps.js';
import { resampleTrilinear } from '../../../src/transforms/volume/trilinear.js';
import { gridOf, volume } from '../../../src/transforms/volume/volume.js';

const KINDS = [Uint8Array, Int16Array, Float32Array];
const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

function noise(kind: number, length: number): RasterData {
  const values = Float32Array.from({ length }, (_, at) => Math.sin(at * 12.9898) * 100);
  if (kind === 2) return values;
  return kind === 0 ? Uint8Array.from(values, (v) => v + 100) : Int16Array.from(values, (v) => v * 300);
}

it('equals the plain loops for every element type, order of axes and size', () => {
  const extent = fc.integer({ min: 1, max: 23 });
  fc.assert(
    fc.property(
      fc.tuple(extent, extent, extent),
      fc.tuple(extent, fc.integer({ min: 16, max: 37 }), fc.integer({ min: 16, max: 37 })),
      fc.nat(2),
      fc.constantFrom(...ORDERS),
      fc.boolean(),
      (size, counts, kind, order, mirrored) => {
        const data = noise(kind, size[0] * size[1] * size[2]);
        expect(data).toBeInstanceOf(KINDS[kind]);
        const taps = counts.map((count, axis) => {
          const at = Float64Array.from({ length: count }, (_, i) => ((i + 0.3) * size[axis]!) / count - 0.4);
          return tapsAt(mirrored ? at.reverse() : at, size[axis]!, 'linear');
        });
        const strides = [0, 0, 0];
        let stride = 1;
        for (const axis of order) {
          strides[axis] = stride;
          stride *= counts[axis]!;
        }
        const run = (fast: boolean) => {
          const target = {
            data: new Float32Array(stride),
            base: 0,
            strides: strides as [number, number, number],
          };
          const how = [{ data, size, channels: 1 }, taps as never, target] as const;
          if (fast) finish(resampleSimd(...how)!);
          else finish(resampleTrilinear(...how));
          return target.data;
        };
        const [plain, fast] = [run(false), run(true)];
        const largest = Math.max(...Float32Array.from(data, Math.abs));
        const worst = plain.reduce((max, value, at) => Math.max(max, Math.abs(value - fast[at]!)), 0);
        expect(worst).toBeLessThanOrEqual(largest * 1e-6);
      },
    ),
    { numRuns: 150 },
  );
});

it('scales as the transforms do, several volumes at a time', async () => {
  const size = [20, 18, 22] as const;
  const affine = composeAffine(
    [
      [0, 0, 1.2],
      [-1.1, 0, 0],
      [0, -1.6, 0],
    ],
    [1, 2, 3],
  );
  const jobs = [0, 1, 2].map(async (kind) => {
    const raster = {
      role: 'intensity' as const,
      axes: ['z', 'y', 'x'] as const,
      shape: [22, 18, 20, 1],
      data: noise(kind, size[0] * size[1] * size[2]),
    };
    const source = volume(raster, affine);
    const oriented = orientedGrid(gridOf(source), 'RAS');
    const target = {
      ...oriented,
      size: oriented.size,
      affine: oriented.affine.map((row, r) => row.map((v, c) => (c === 3 && r < 3 ? v + 0.3 : v))),
    };
    const plain = await regridAsync(source, target);
    const window = { from: [-20, 90] as const, to: [0, 2] as const };
    for (const [line, expected] of [
      ['unit', scaleToUnit(plain.raster)],
      [window, windowIntensity(plain.raster, window)],
    ] as const) {
      const got = await regridScaled(source, target, line);
      expect(got.affine).toEqual(plain.affine);
      const off = Float32Array.from(got.raster.data, (value, at) => Math.abs(value - expected.data[at]!));
      expect(Math.max(...off)).toBeLessThan(1e-5);
    }
  });
  await Promise.all(jobs);
});
