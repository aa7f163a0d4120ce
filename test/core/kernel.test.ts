import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, gather, reverse, window } from '../../src/core/kernel.js';
import { resample } from '../../src/core/resample.js';
import { type Axis, picture, type Raster } from '../../src/core/sample.js';

const RANKS: readonly (readonly Axis[])[] = [
  ['y', 'x'],
  ['t', 'y', 'x'],
  ['z', 'y', 'x'],
];

const rasters = fc
  .record({
    axes: fc.constantFrom(...RANKS),
    sizes: fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
    ),
    channels: fc.integer({ min: 1, max: 4 }),
    role: fc.constantFrom('intensity' as const, 'mask' as const),
    kind: fc.constantFrom('byte', 'short', 'float'),
  })
  .map(({ axes, sizes, channels, role, kind }): Raster => {
    const shape = [...sizes.slice(0, axes.length), channels];
    const values = Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (i * 37 + 11) % 251);
    const data =
      kind === 'byte'
        ? new Uint8Array(values)
        : kind === 'short'
          ? new Int16Array(values)
          : new Float32Array(values);
    return { role, axes, shape, data };
  });

describe('reverse', () => {
  it('twice is nothing, for every rank, element type and role', () => {
    fc.assert(
      fc.property(rasters, fc.constantFrom<Axis>('t', 'z', 'y', 'x'), (raster, axis) => {
        expect(reverse(reverse(raster, axis), axis)).toEqual(raster);
      }),
    );
  });

  it('mirrors pixels, not channels', () => {
    const raster = picture(new Uint8Array([1, 2, 3, 4, 5, 6]), 1, 3);
    expect([...reverse(raster, 'x').data]).toEqual([5, 6, 3, 4, 1, 2]);
    expect([...reverse(picture(new Uint8Array([1, 2, 3, 4]), 2, 2), 'y').data]).toEqual([3, 4, 1, 2]);
  });
});

describe('cut', () => {
  it('equals gathering the indices of the window', () => {
    fc.assert(
      fc.property(rasters, fc.nat(), fc.nat(), (raster, a, b) => {
        const extent = raster.shape[raster.axes.length - 1]!;
        const start = a % extent;
        const length = 1 + (b % (extent - start));
        const indices = Array.from({ length }, (_, index) => start + index);
        expect(cut(raster, { x: { start, length } })).toEqual(gather(raster, 'x', indices));
      }),
    );
  });

  it('refuses windows that reach outside', () => {
    const raster = picture(new Uint8Array(6), 2, 3);
    for (const window of [
      { start: 1, length: 3 },
      { start: -1, length: 1 },
      { start: 0, length: 0 },
    ]) {
      expect(() => cut(raster, { x: window })).toThrow(RangeError);
    }
  });
});

describe('window', () => {
  it('equals cut inside, and zeros outside', () => {
    fc.assert(
      fc.property(
        rasters,
        fc.integer({ min: -9, max: 9 }),
        fc.integer({ min: 1, max: 12 }),
        (raster, start, length) => {
          const result = window(raster, { x: { start, length } });
          const extent = raster.shape.at(-2)!;
          const channels = raster.shape.at(-1)!;
          expect(result.shape.at(-2)).toBe(length);
          result.data.forEach((value, index) => {
            const x = Math.floor(index / channels) % length;
            const row = Math.floor(index / channels / length);
            const from = start + x;
            const source = (row * extent + from) * channels + (index % channels);
            expect(value).toBe(from >= 0 && from < extent ? raster.data[source] : 0);
          });
        },
      ),
    );
  });
});

describe('resample', () => {
  it('leaves a raster of the same size as it is', () => {
    fc.assert(
      fc.property(rasters, (raster) => {
        const same = resample(raster, {
          y: { size: raster.shape.at(-3)! },
          x: { size: raster.shape.at(-2)! },
        });
        expect(same).toEqual(raster);
      }),
    );
  });

  it('keeps constant pictures constant and masks within their classes', () => {
    fc.assert(
      fc.property(
        rasters,
        fc.integer({ min: 1, max: 13 }),
        fc.integer({ min: 1, max: 13 }),
        (raster, height, width) => {
          const flat = { ...raster, data: raster.data.map(() => 77) as typeof raster.data };
          const { data, shape } = resample(flat, { y: { size: height }, x: { size: width } });
          expect(shape.slice(-3, -1)).toEqual([height, width]);
          expect(data.every((value) => Math.abs(value - 77) < 1e-3)).toBe(true);
          const known = new Set(raster.data);
          const mask = resample({ ...raster, role: 'mask' }, { y: { size: height }, x: { size: width } });
          expect([...mask.data].every((value) => known.has(value))).toBe(true);
        },
      ),
    );
  });

  it('computes a window of the result exactly as the whole', () => {
    fc.assert(
      fc.property(rasters, fc.integer({ min: 1, max: 13 }), fc.nat(), fc.nat(), (raster, size, a, b) => {
        const start = a % size;
        const window = { start, length: 1 + (b % (size - start)) };
        const whole = resample(raster, { x: { size } });
        expect(resample(raster, { x: { size, window } })).toEqual(cut(whole, { x: window }));
      }),
    );
  });

  it('of part of the source clamps at the borders like cutting first, for nearest', () => {
    const raster: Raster = {
      ...picture(
        Uint8Array.from({ length: 12 }, (_, i) => i),
        1,
        12,
      ),
      role: 'mask',
    };
    const direct = resample(raster, { x: { start: 3, end: 9, size: 4 } });
    expect(direct).toEqual(resample(cut(raster, { x: { start: 3, length: 6 } }), { x: { size: 4 } }));
  });

  it('refuses empty results and sources outside', () => {
    const raster = picture(new Uint8Array(6), 2, 3);
    expect(() => resample(raster, { x: { size: 0 } })).toThrow(RangeError);
    expect(() => resample(raster, { x: { start: 1, end: 4, size: 2 } })).toThrow(RangeError);
  });
});
