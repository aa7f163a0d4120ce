import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import type { Raster, Sample } from '../../src/core/sample.js';
import { run, type Transform } from '../../src/core/transform.js';
import { decodeImage } from '../../src/datasets/decode/image.js';
import { centerCrop } from '../../src/transforms/center-crop.js';
import { drawCropWindow } from '../../src/transforms/crop-window.js';
import { randomResizedCrop } from '../../src/transforms/random-resized-crop.js';
import { resize } from '../../src/transforms/resize.js';
import { goldenCase, goldenReader, worst } from '../helpers/golden.js';
import { describeShared } from '../helpers/shared.js';
import { bitsAt, fnv1a } from '../parity/procedural.js';

const FILES = ['img0_97x61.png', 'img1_64x128.png', 'img2_150x113.png'];

async function apply(raster: Raster, ...transforms: Transform[]): Promise<Raster> {
  const sample: Sample = { id: 'golden', index: 0, rasters: { image: raster }, trace: [] };
  return (await run(sample, transforms, Rng.of(0))).rasters.image!;
}

describeShared('torchvision and Pillow', (shared) => {
  const golden = goldenReader(shared, 'torchvision_resize_public.safetensors');
  const load = async (file: string) => (await decodeImage(join(shared, 'golden/images', file))).raster;

  describe.each(FILES)('%s', (file) => {
    const key = file.slice(0, 4);

    it.each([
      [48, 40],
      [80, 72],
      [32, 32],
    ])('Resize(%i) and CenterCrop(%i), to the bit', async (short, side) => {
      const image = await load(file);
      const got = await apply(image, resize({ fit: 'short', size: short }), centerCrop({ size: side }));
      expect(worst(got.data, golden(`${key}/resize${short}_crop${side}/pil_u8_hwc`))).toBe(0);
    });

    it.each([
      [48, 40],
      [80, 72],
      [32, 32],
    ])('of float tensors with antialias: %i, %i', async (short, side) => {
      const image = await load(file);
      const floats: Raster = { ...image, data: Float32Array.from(image.data, (value) => value / 255) };
      const { data } = await apply(floats, resize({ fit: 'short', size: short }), centerCrop({ size: side }));
      const expected = golden(`${key}/resize${short}_crop${side}/tensor_antialias_f#sample`);
      const got = Array.from({ length: 256 }, (_, index) => {
        const flat = bitsAt(fnv1a('sample'), index) % data.length; // of the planes that torch keeps
        return data[(flat % (side * side)) * 3 + Math.floor(flat / (side * side))]!;
      });
      expect(worst(got, expected)).toBeLessThan(2e-5);
    });

    it('bicubic and a resized crop, to the bit', async () => {
      const image = await load(file);
      const bicubic = await apply(image, resize({ height: 36, width: 44, filter: 'bicubic' }));
      expect(worst(bicubic.data, golden(`${key}/bicubic_36x44/pil_u8_hwc`))).toBe(0);
      const crop = { top: 5, left: 7, height: 40, width: 33 };
      const params = { crop, size: { height: 28, width: 28 }, filter: 'bilinear' as const };
      const cropped = await randomResizedCrop.apply(image, params);
      expect(worst(cropped.data, golden(`${key}/resized_crop_top5_left7_h40_w33_to28/pil_u8_hwc`))).toBe(0);
    });

    it('cover while decoding is Resize and CenterCrop', async () => {
      const { raster } = await decodeImage(join(shared, 'golden/images', file), {
        resize: { fit: 'cover', height: 32, width: 32 },
      });
      expect(worst(raster.data, golden(`${key}/resize32_crop32/pil_u8_hwc`))).toBe(0);
    });
  });

  interface Statistics {
    readonly wh: readonly [number, number];
    readonly scale: readonly [number, number];
    readonly ratio: readonly [number, number];
    readonly area_frac: { readonly mean: number; readonly deciles: readonly number[] };
    readonly log_ratio: { readonly mean: number; readonly deciles: readonly number[] };
    readonly mean_top: number;
    readonly mean_left: number;
    readonly touches_full_side: number;
  }
  const { data } = goldenCase(shared, 'random_resized_crop_public') as unknown as {
    data: readonly Statistics[];
  };

  it.each(data)(
    'random resized crop draws as torchvision: $wh',
    ({ wh: [width, height], scale, ratio, ...expected }) => {
      const count = 20_000;
      const crops = Array.from({ length: count }, (_, n) =>
        drawCropWindow(height, width, scale, ratio, Rng.of('crop').at(n)),
      );
      const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / count;
      const deciles = (values: readonly number[]) => {
        const sorted = [...values].sort((a, b) => a - b);
        return [1, 2, 3, 4, 5, 6, 7, 8, 9].map((d) => sorted[Math.round((d / 10) * (count - 1))]!);
      };
      const areas = crops.map((crop) => (crop.height * crop.width) / (height * width));
      const ratios = crops.map((crop) => Math.log(crop.width / crop.height));
      expect(Math.abs(mean(areas) - expected.area_frac.mean)).toBeLessThan(0.01);
      expect(worst(deciles(areas), expected.area_frac.deciles)).toBeLessThan(0.012);
      expect(Math.abs(mean(ratios) - expected.log_ratio.mean)).toBeLessThan(0.01);
      expect(worst(deciles(ratios), expected.log_ratio.deciles)).toBeLessThan(0.012);
      expect(Math.abs(mean(crops.map(({ top }) => top)) - expected.mean_top)).toBeLessThan(0.02 * height);
      expect(Math.abs(mean(crops.map(({ left }) => left)) - expected.mean_left)).toBeLessThan(0.02 * width);
      const full = crops.filter((crop) => crop.height === height || crop.width === width).length / count;
      expect(Math.abs(full - expected.touches_full_side)).toBeLessThan(0.02);
    },
  );
});
