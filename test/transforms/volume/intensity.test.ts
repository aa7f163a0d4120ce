import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import type { Raster } from '../../../src/core/sample.js';
import { foregroundBox } from '../../../src/transforms/volume/foreground.js';
import {
  intensityRange,
  scaleToUnit,
  windowIntensity,
  zScore,
} from '../../../src/transforms/volume/intensity.js';
import { percentiles, windowPercentiles } from '../../../src/transforms/volume/percentiles.js';
import { expectClose } from '../../helpers/close.js';

function line(values: readonly number[], channels = 1, role: Raster['role'] = 'intensity'): Raster {
  return {
    role,
    axes: ['z', 'y', 'x'],
    shape: [1, 1, values.length / channels, channels],
    data: Float32Array.from(values),
  };
}

describe('intensities', () => {
  it('map windows, hold or not, and let NaN through', () => {
    expectClose(
      windowIntensity(line([-100, -50, 0, 50, 100]), { from: [-50, 50] }).data,
      [0, 0, 0.5, 1, 1],
      6,
    );
    expectClose(
      windowIntensity(line([-100, 100]), { from: [-50, 50], to: [1, -1], clip: false }).data,
      [2, -2],
      6,
    );
    expect(windowIntensity(line([Number.NaN]), { from: [0, 1] }).data[0]).toBeNaN();
    expect(() => windowIntensity(line([1]), { from: [5, 5] })).toThrow(UsageError);
  });

  it('scale channels by themselves, constants to 0, past values that are not finite', () => {
    expectClose(scaleToUnit(line([0, 7, 5, 7, 10, 7], 2)).data, [0, 0, 0.5, 0, 1, 0], 6);
    expect(intensityRange(line([Number.NEGATIVE_INFINITY, 3, 9, Number.NaN]))).toEqual([[3, 9]]);
    expect(intensityRange(line([Number.NaN]))).toEqual([[0, 0]]);
  });

  it('normalise over all values, or over those that are not 0', () => {
    expectClose(zScore(line([1, 3])).data, [-1, 1], 6);
    expectClose(zScore(line([0, 1, 0, 3]), { nonzero: true }).data, [0, -1, 0, 1], 6);
    expectClose(zScore(line([1, 10, 3, 30], 2)).data, [-1, -1, 1, 1], 6);
    expectClose(zScore(line([4, 4])).data, [0, 0], 6);
    expect(() => zScore(line([1, Number.NaN]))).toThrow(UsageError);
  });

  it('write over their input only when told', () => {
    const raster = line([1, 3]);
    expect(zScore(raster).data).not.toBe(raster.data);
    expect(zScore(raster, { inPlace: true }).data).toBe(raster.data);
  });

  it('leave masks alone', () => {
    const mask = line([0, 1, 2], 1, 'mask');
    expect(windowIntensity(mask, { from: [0, 9] })).toBe(mask);
    expect(scaleToUnit(mask)).toBe(mask);
    expect(zScore(mask)).toBe(mask);
    expect(windowPercentiles(mask, 1, 99)).toBe(mask);
  });
});

describe('percentiles', () => {
  it('interpolate as numpy does', () => {
    expectClose(
      percentiles(line([4, 1, 3, 2, Number.NaN]), [0, 25, 50, 99, 100]),
      [1, 1.75, 2.5, 3.97, 4],
      6,
    );
    expectClose(percentiles(line([0, 0, 0, 2, 4]), [50], true), [3], 6);
    expect(() => percentiles(line([1]), [101])).toThrow(UsageError);
    expect(() => percentiles(line([Number.NaN]), [50])).toThrow(UsageError);
  });

  it('map their range to 0..1', () => {
    expectClose(windowPercentiles(line([0, 1, 2, 3, 4]), 25, 75).data, [0, 0, 0.5, 1, 1], 6);
    expectClose(windowPercentiles(line([5, 5]), 1, 99).data, [0, 0], 6);
  });
});

describe('foregroundBox', () => {
  it('is the smallest box around what is above the threshold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        fc.integer({ min: 0, max: 2 }),
        (cells, margin) => {
          const data = Uint8Array.from(cells.map((on, at) => (on && at % 3 === 0 ? 5 : 1)));
          const box = foregroundBox(
            { role: 'intensity', axes: ['z', 'y', 'x'], shape: [3, 4, 5, 1], data },
            1,
            margin,
          );
          const hits = [...data].flatMap((value, at) =>
            value > 1 ? [[at % 5, Math.floor(at / 5) % 4, Math.floor(at / 20)]] : [],
          );
          if (hits.length === 0) return expect(box).toBeUndefined();
          [5, 4, 3].forEach((extent, axis) => {
            const places = hits.map((hit) => hit[axis]!);
            const low = Math.max(Math.min(...places) - margin, 0);
            expect(box!.start[axis]).toBe(low);
            expect(box!.size[axis]).toBe(Math.min(Math.max(...places) + margin, extent - 1) - low + 1);
          });
        },
      ),
    );
  });
});
