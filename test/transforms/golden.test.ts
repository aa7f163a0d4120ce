import { describe, expect, it } from 'vitest';
import type { Raster } from '../../src/core/sample.js';
import { adjust } from '../../src/transforms/colour/adjust.js';
import { gaussianBlur } from '../../src/transforms/colour/blur.js';
import { grey } from '../../src/transforms/colour/grey.js';
import { autocontrast, equalize } from '../../src/transforms/colour/histogram.js';
import { jpeg } from '../../src/transforms/colour/jpeg.js';
import { sharpen } from '../../src/transforms/colour/sharpen.js';
import { invert, posterize, solarize } from '../../src/transforms/colour/tone.js';
import { affine } from '../../src/transforms/geometry/affine.js';
import { displaced } from '../../src/transforms/geometry/elastic.js';
import {
  type Point,
  perspective,
  perspectiveCoefficients,
} from '../../src/transforms/geometry/perspective.js';
import { rotate } from '../../src/transforms/geometry/rotate.js';
import { type Warping, warp } from '../../src/transforms/geometry/warp.js';
import { worst } from '../helpers/golden.js';
import { bitsAt, fnv1a } from '../parity/procedural.js';
import { asFloats, bytes, goldenJson, proceduralPicture } from './procedural.js';

interface Golden {
  readonly size: readonly [number, number];
  readonly both: Readonly<Record<string, { bytes: string; floats: readonly number[] }>>;
  readonly geometry: Readonly<Record<string, string>>;
  readonly expanded: { readonly size: readonly number[]; readonly bytes: string };
  readonly quarter: { readonly size: readonly number[]; readonly bytes: string };
  readonly coefficients: readonly number[];
  readonly elastic: string;
}

const golden = goldenJson<Golden>('transforms.json');
const [height, width] = golden.size;
const image = proceduralPicture(height, width);
const floats = asFloats(image);

type Change = (raster: Raster) => Raster | Promise<Raster>;
const COLOUR: Readonly<Record<string, Change>> = {
  ...Object.fromEntries(
    (['brightness', 'contrast', 'saturation'] as const).flatMap((kind) =>
      [0.6, 1.7].map((f): [string, Change] => [`${kind} ${f}`, (r) => adjust(r, kind, f)]),
    ),
  ),
  'sharpness 0.6': (r) => sharpen(r, 0.6),
  'sharpness 1.7': (r) => sharpen(r, 1.7),
  'hue 0.25': (r) => adjust(r, 'hue', 0.25),
  'hue -0.4': (r) => adjust(r, 'hue', -0.4),
  grey: (r) => grey.apply(r, {}),
  equalize,
  autocontrast,
  invert,
  'posterize 3': (r) => posterize(r, 3),
  'solarize 0.4': (r) => solarize(r, 0.4),
  gaussianBlur: (r) => gaussianBlur.apply(r, { sigma: 1.3, radius: 2 }),
  'jpeg 30': (r) => jpeg.apply(r, { quality: 30 }),
};
/** Bytes may differ by rounding where torchvision itself computes in floats, or the JPEG library is another build. */
const SLACK: Readonly<Record<string, number>> = { gaussianBlur: 1, 'jpeg 30': 2 };

describe('colour operations of torchvision', () => {
  it('covers every golden case', () =>
    expect(Object.keys(COLOUR).sort()).toEqual(Object.keys(golden.both).sort()));

  it.each(Object.entries(COLOUR))('%s of bytes, as of Pillow images', async (name, change) => {
    const got = (await change(image)).data;
    expect(worst(got, bytes(golden.both[name]!.bytes))).toBeLessThanOrEqual(SLACK[name] ?? 0);
  });

  it.each(Object.entries(COLOUR).filter(([name]) => !name.startsWith('jpeg')))(
    '%s of floats, as of tensors',
    async (name, change) => {
      const got = (await change(floats)).data.filter((_, index) => index % 17 === 0);
      expect(worst(got, golden.both[name]!.floats)).toBeLessThan(2e-6);
    },
  );
});

describe('geometric operations of torchvision', () => {
  const fill = [10, 200, 90];
  const KINDS = ['nearest', 'bilinear', 'bicubic'] as const;
  const options = (interpolation: Warping['interpolation']): Warping => ({
    interpolation,
    fill,
    maskFill: 0,
  });

  it.each(KINDS)('rotate, affine and perspective, %s, to the bit', async (kind) => {
    const turned = await rotate.apply(image, { angle: 25, expand: false, ...options(kind) });
    expect(worst(turned.data, bytes(golden.geometry[`rotate 25 ${kind}`]!))).toBe(0);
    const parts = { angle: 20, translate: [2, -1], scale: 1.2, shear: [10, 5] } as const;
    const moved = await affine.apply(image, { ...parts, ...options(kind) });
    expect(worst(moved.data, bytes(golden.geometry[`affine ${kind}`]!))).toBe(0);
    const tilted = await perspective.apply(image, {
      coefficients: [...golden.coefficients],
      ...options(kind),
    });
    expect(worst(tilted.data, bytes(golden.geometry[`perspective ${kind}`]!))).toBe(0);
  });

  it('coefficients of a perspective', () => {
    const [w, h] = [width - 1, height - 1];
    const corners: Point[] = [
      [0, 0],
      [w, 0],
      [w, h],
      [0, h],
    ];
    const targets: Point[] = [
      [2, 1],
      [13, 0],
      [14, 10],
      [1, 11],
    ];
    expect(worst(perspectiveCoefficients(corners, targets), golden.coefficients)).toBeLessThan(1e-6);
  });

  it('rotate that grows the picture, to the bit', async () => {
    for (const [angle, kind, expected] of [
      [-40, 'bilinear', golden.expanded],
      [90, 'nearest', golden.quarter],
    ] as const) {
      const got = await rotate.apply(image, {
        angle,
        expand: true,
        interpolation: kind,
        fill: 0,
        maskFill: 0,
      });
      expect(got.shape).toEqual([...expected.size, 3]);
      expect(worst(got.data, bytes(expected.bytes))).toBe(0);
    }
  });

  it('elastic away from the edges, up to rounding', () => {
    const at = (i: number) => (bitsAt(fnv1a('field'), i) / 2 ** 32) * 4 - 2;
    const dx = Float32Array.from({ length: width * height }, (_, i) => at(2 * i));
    const dy = Float32Array.from({ length: width * height }, (_, i) => at(2 * i + 1));
    const got = warp(image, displaced({ dx, dy }, height, width), { ...options('bilinear'), fill: 0 }, true);
    const expected = bytes(golden.elastic);
    const inside = (_: number, i: number) => {
      const [y, x] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width];
      return y > 2 && y < height - 3 && x > 2 && x < width - 3;
    };
    expect(worst(got.data.filter(inside), expected.filter(inside))).toBeLessThanOrEqual(1);
  });
});
