import { expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { replay } from '../../src/core/transform.js';
import { cutout } from '../../src/transforms/erase/cutout.js';
import { transforms } from '../../src/transforms/registry.js';
import { fiveCrop, multiCrop, runViews, tenCrop } from '../../src/transforms/views.js';
import { proceduralPicture, sampleOf } from './procedural.js';

const sample = sampleOf(proceduralPicture(20, 30));

it('multi-crop gives samples of several sizes, each with its own trace that replays', async () => {
  const kinds = [
    { count: 2, size: 16, scale: [0.4, 1] },
    { count: 3, size: 8, scale: [0.05, 0.4] },
  ] as const;
  const views = await runViews(sample, multiCrop(kinds, [cutout()]), Rng.of(1));
  expect(views.map(({ rasters }) => rasters.image!.shape[0])).toEqual([16, 16, 8, 8, 8]);
  expect(new Set(views.map(({ trace }) => JSON.stringify(trace))).size).toBe(5);
  for (const view of views) {
    expect([view.id, view.index]).toEqual([sample.id, sample.index]);
    expect(await replay(sample, JSON.parse(JSON.stringify(view.trace)), transforms)).toEqual(view);
  }
});

it('another view changes none of the others', async () => {
  const kind = { count: 2, size: 8, scale: [0.1, 1] } as const;
  const few = await runViews(sample, multiCrop([kind]), Rng.of(2));
  const more = await runViews(sample, multiCrop([{ ...kind, count: 4 }]), Rng.of(2));
  expect(more.slice(0, 2)).toEqual(few);
});

it('five-crop and ten-crop cut corners and the middle, as torchvision', async () => {
  const firsts = async (views: Parameters<typeof runViews>[1]) =>
    (await runViews(sample, views, Rng.of(0))).map(({ rasters }) => [...rasters.image!.data.subarray(0, 3)]);
  const { data } = sample.rasters.image!;
  const pixel = (y: number, x: number) => [...data.subarray((y * 30 + x) * 3, (y * 30 + x) * 3 + 3)];
  expect(await firsts(fiveCrop(8))).toEqual([
    pixel(0, 0),
    pixel(0, 22),
    pixel(12, 0),
    pixel(12, 22),
    pixel(6, 11),
  ]);
  expect((await firsts(tenCrop(8))).slice(5)).toEqual([
    pixel(0, 29),
    pixel(0, 7),
    pixel(12, 29),
    pixel(12, 7),
    pixel(6, 18),
  ]);
});

it('stops on abort', async () => {
  await expect(runViews(sample, fiveCrop(4), Rng.of(0), AbortSignal.abort())).rejects.toThrow();
});
