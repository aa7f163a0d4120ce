import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisCodes, composeAffine, IDENTITY_AFFINE } from '../../../src/core/affine.js';
import { DatasetError, UsageError } from '../../../src/core/errors.js';
import type { Raster, RasterData } from '../../../src/core/sample.js';
import {
  centreCrop,
  cropVolume,
  orient,
  padVolume,
  regrid,
  regridAsync,
  resizeVolume,
  respace,
} from '../../../src/transforms/volume/regrid.js';
import { gridOf, type Triple, type Volume, volume } from '../../../src/transforms/volume/volume.js';
import { expectClose } from '../../helpers/close.js';

const CODES = ['RAS', 'LPS', 'PIR', 'AIL', 'SRA', 'ILP', 'RSA', 'IPL'];
const triples = fc.tuple(
  ...([1, 2, 3].map(() => fc.integer({ min: 2, max: 7 })) as [
    fc.Arbitrary<number>,
    fc.Arbitrary<number>,
    fc.Arbitrary<number>,
  ]),
);

function make([x, y, z]: Triple, data: RasterData, role: Raster['role'] = 'intensity', channels = 1): Volume {
  const affine = composeAffine(
    [
      [1.5, 0, 0],
      [0, -2, 0],
      [0, 0, 0.7],
    ],
    [10, 20, -30],
  );
  return volume({ role, axes: ['z', 'y', 'x'], shape: [z, y, x, channels], data }, affine);
}

const ramp = (size: Triple, channels = 1) =>
  make(
    size,
    Float32Array.from({ length: size[0] * size[1] * size[2] * channels }, (_, at) => Math.sin(at) * 100),
    'intensity',
    channels,
  );

describe('orient', () => {
  it('comes back exactly, keeps element type and place', () => {
    fc.assert(
      fc.property(
        triples,
        fc.constantFrom(...CODES),
        fc.integer({ min: 1, max: 3 }),
        (size, codes, channels) => {
          const count = size[0] * size[1] * size[2] * channels;
          const source = make(
            size,
            Int16Array.from({ length: count }, (_, at) => at * 7 - 90),
            'intensity',
            channels,
          );
          const turned = orient(source, codes);
          expect(axisCodes(turned.affine)).toBe(codes);
          expect(turned.raster.data).toBeInstanceOf(Int16Array);
          expect([...turned.raster.data].sort()).toEqual([...source.raster.data].sort());
          const home = regrid(turned, gridOf(source), { outside: 'fill' });
          expect(home.raster).toEqual(source.raster);
        },
      ),
    );
  });
});

describe('crop and pad', () => {
  it('comes back exactly, zeros where the crop was not', () => {
    const source = ramp([6, 5, 4]);
    const cut = cropVolume(source, [1, 2, 0], [3, 2, 4]);
    const home = regrid(cut, gridOf(source), { outside: 'fill', fill: -1 });
    home.raster.data.forEach((value, at) => {
      const [x, y] = [at % 6, Math.floor(at / 6) % 5];
      const inside = x >= 1 && x < 4 && y >= 2 && y < 4;
      expect(value).toBe(inside ? source.raster.data[at] : -1);
    });
    const padded = padVolume(source, [9, 5, 7]);
    expect(padded.raster.shape).toEqual([7, 5, 9, 1]);
    expect(regrid(padded, gridOf(source)).raster).toEqual(source.raster);
    expect(centreCrop(padded, [6, 5, 4]).raster.shape).toEqual([4, 5, 6, 1]);
  });

  it('refuses empty boxes', () => {
    expect(() => cropVolume(ramp([3, 3, 3]), [0, 0, 0], [0, 1, 1])).toThrow(UsageError);
  });
});

describe('respace', () => {
  it('brings a prediction home close to what it was', () => {
    const smooth = make(
      [16, 14, 12],
      Float32Array.from(
        { length: 16 * 14 * 12 },
        (_, at) => Math.sin((at % 16) / 5) + Math.cos((Math.floor(at / 16) % 14) / 6),
      ),
    );
    const fine = respace(orient(smooth, 'ILP'), [0.7, 0.8, 0.6]);
    const home = regrid(fine, gridOf(smooth), { outside: 'fill' });
    const off = home.raster.data.map((value, at) => Math.abs(value - smooth.raster.data[at]!));
    expect(Math.max(...off)).toBeLessThan(0.04);
  });

  it('makes up no classes and keeps uint8', () => {
    fc.assert(
      fc.property(triples, fc.double({ min: 0.4, max: 4, noNaN: true }), (size, spacing) => {
        const count = size[0] * size[1] * size[2];
        const mask = make(
          size,
          Uint8Array.from({ length: count }, (_, at) => [0, 3, 200][at % 3]!),
          'mask',
        );
        const { data } = respace(mask, [spacing, spacing, spacing], { interpolation: 'cubic' }).raster;
        expect(data).toBeInstanceOf(Uint8Array);
        expect([...data].every((id) => [0, 3, 200].includes(id))).toBe(true);
      }),
    );
  });

  it('is the same for every order of axes and for channels, in pieces and at once', async () => {
    const source = ramp([7, 6, 5]);
    const expected = respace(source, [1.1, 0.9, 1.3]);
    const twice: Volume = volume(
      {
        ...source.raster,
        shape: [5, 6, 7, 2],
        data: Float32Array.from({ length: 420 }, (_, at) => source.raster.data[at >> 1]!),
      },
      source.affine,
    );
    const channels = respace(twice, [1.1, 0.9, 1.3]);
    expectClose(
      channels.raster.data,
      channels.raster.data.map((_, at) => expected.raster.data[at >> 1]!),
      4,
    );
    for (const codes of CODES) {
      const turned = orient(source, codes);
      const back = regrid(turned, gridOf(expected));
      expectClose(back.raster.data, expected.raster.data, 4);
      expect(await regridAsync(turned, gridOf(expected))).toEqual(back);
    }
  });

  it('keeps lines straight with every interpolation, also turned in space', () => {
    const line = make(
      [8, 8, 8],
      Float32Array.from({ length: 512 }, (_, at) => (at % 8) * 2 + 1),
    );
    const c = Math.cos(0.3);
    const s = Math.sin(0.3);
    const middle = composeAffine(
      [
        [1.5 * c, -1.5 * s, 0],
        [-1.5 * s, -1.5 * c, 0],
        [0, 0, 0.7],
      ],
      [15, 13, -29],
    );
    for (const interpolation of ['linear', 'cubic'] as const) {
      const turned = regrid(line, { size: [2, 2, 2], affine: middle }, { interpolation });
      const x = (i: number, j: number) => (15 + 1.5 * c * i - 1.5 * s * j - 10) / 1.5;
      expectClose(
        turned.raster.data,
        turned.raster.data.map((_, at) => x(at % 2, Math.floor(at / 2) % 2) * 2 + 1),
        4,
      );
      const straight = regrid(
        line,
        {
          size: [4, 1, 1],
          affine: composeAffine(
            [
              [1, 0, 0],
              [0, 1, 0],
              [0, 0, 1],
            ],
            [12, 10, -28],
          ),
        },
        { interpolation },
      );
      expectClose(
        straight.raster.data,
        [2, 3, 4, 5].map((at) => (at / 1.5) * 2 + 1),
        4,
      );
    }
  });

  it('does nothing where the spacing is right already', () => {
    const source = ramp([5, 4, 3]);
    expect(respace(source, [1.5, 0, 0.7]).raster).toEqual(source.raster);
  });

  it('refuses singular grids, negative spacings and sizes of 0', () => {
    const flat = {
      ...ramp([3, 3, 3]),
      affine: composeAffine(
        [
          [1, 0, 0],
          [0, 0, 0],
          [0, 0, 1],
        ],
        [0, 0, 0],
      ),
    };
    expect(() => respace(flat, [1, 1, 1])).toThrow(DatasetError);
    expect(() => orient(flat, 'RAS')).toThrow(DatasetError);
    expect(() => respace(ramp([3, 3, 3]), [1, -1, 1])).toThrow(UsageError);
    expect(() => resizeVolume(ramp([3, 3, 3]), [1.5, 2, 2])).toThrow(UsageError);
    expect(() =>
      volume({ role: 'mask', axes: ['y', 'x'], shape: [1, 1, 1], data: new Uint8Array(1) }, IDENTITY_AFFINE),
    ).toThrow(UsageError);
  });
});
