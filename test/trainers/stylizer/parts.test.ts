import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { openEngine } from '../../../src/engine/index.js';
import { adamNumbers } from '../../../src/trainers/stylizer/adam.js';
import { colourDistance, colourStatistics } from '../../../src/trainers/stylizer/colour-loss.js';
import { applyCrop, contentCrop, styleCrop } from '../../../src/trainers/stylizer/crops.js';
import { momentsDistance } from '../../../src/trainers/stylizer/losses.js';
import { rangeLoss, variationLoss, variogram } from '../../../src/trainers/stylizer/picture-losses.js';
import { holdOut } from '../../../src/trainers/stylizer/pictures.js';
import { drawRecolouring } from '../../../src/trainers/stylizer/recolouring.js';
import { batchShape, learningRate } from '../../../src/trainers/stylizer/schedule.js';

const schedule = {
  steps: 1000,
  rate: 1e-3,
  warmup: 100,
  batch: 8,
  size: 128,
  lateFrom: 0.75,
  lateBatch: 4,
  lateSize: 192,
};

describe('schedule', () => {
  it('warms up, then falls to nothing', () => {
    expect(learningRate(schedule, 0)).toBeCloseTo(1e-5);
    expect(learningRate(schedule, 100)).toBeCloseTo(1e-3);
    expect(learningRate(schedule, 550)).toBeCloseTo(5e-4);
    expect(learningRate(schedule, 999)).toBeLessThan(1e-8);
  });

  it('turns to larger crops late', () => {
    expect(batchShape(schedule, 749)).toEqual({ batch: 8, size: 128 });
    expect(batchShape(schedule, 750)).toEqual({ batch: 4, size: 192 });
  });

  it('corrects the first steps of Adam for their start at zero', () => {
    const [rate, first, second, decay] = adamNumbers(0, 0.5);
    expect(rate).toBe(0.5);
    expect(first).toBeCloseTo(10);
    expect(second).toBeCloseTo(100);
    expect(decay).toBeCloseTo(2 / 11);
    expect(adamNumbers(100_000, 1)[3]).toBe(0.999);
  });
});

describe('crops', () => {
  it('lie inside the picture', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 900 }),
        fc.integer({ min: 1, max: 900 }),
        fc.integer(),
        (width, height, seed) => {
          const pixels = { data: Buffer.alloc(0), width, height };
          for (const crop of [
            contentCrop(pixels, Rng.of(seed), 128),
            styleCrop(pixels, Rng.of(seed), 128, 0.5),
          ]) {
            expect(crop.side).toBeGreaterThanOrEqual(1);
            expect(crop.left + crop.side).toBeLessThanOrEqual(width);
            expect(crop.top + crop.side).toBeLessThanOrEqual(height);
          }
        },
      ),
    );
  });

  it('flip, turn and change colours', async () => {
    const data = Buffer.from([10, 0, 0, 20, 0, 0, 30, 0, 0, 40, 0, 0]);
    const pixels = { data, width: 2, height: 2 };
    const red = async (change: object): Promise<number[]> => {
      const out = new Float32Array(12);
      const plain = {
        left: 0,
        top: 0,
        side: 2,
        flip: false,
        turns: 0,
      } as const;
      await applyCrop(pixels, { ...plain, ...change }, 2, out, 0);
      return [0, 3, 6, 9].map((at) => Math.round(out[at]! * 255));
    };
    expect(await red({})).toEqual([10, 20, 30, 40]);
    expect(await red({ flip: true })).toEqual([20, 10, 40, 30]);
    expect(await red({ turns: 2 })).toEqual([40, 30, 20, 10]);
    expect(new Set(await red({ turns: 1 }))).toEqual(new Set([10, 20, 30, 40]));
    const inverted = { matrix: [-1, 0, 0, 0, -1, 0, 0, 0, -1], offset: [1, 1, 1] };
    expect(await red({ colours: inverted })).toEqual([245, 235, 225, 215]);
    const exchanged = { matrix: [0, 1, 0, 1, 0, 0, 0, 0, 1], offset: [0, 0, 0] };
    expect(await red({ colours: exchanged })).toEqual([0, 0, 0, 0]);
  });
});

describe('other colours', () => {
  it('leave mid-grey at most tinted, and black and white apart', () => {
    const light = [0.299, 0.587, 0.114];
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { matrix, offset } = drawRecolouring(Rng.of(seed));
        const brightness = (grey: number): number =>
          light.reduce((sum, weight, row) => {
            const factors = matrix.slice(3 * row, 3 * row + 3).reduce((all, one) => all + one, 0);
            return sum + weight * (offset[row]! + grey * factors);
          }, 0);
        expect(Math.abs(brightness(0.5) - 0.5)).toBeLessThan(0.2);
        expect(Math.abs(brightness(1) - brightness(0))).toBeGreaterThan(0.3);
      }),
    );
  });
});

describe('held-out styles', () => {
  it('are every nth, or none', () => {
    expect(holdOut(['a', 'b', 'c', 'd', 'e'], 2)).toEqual({ train: ['a', 'c', 'e'], held: ['b', 'd'] });
    expect(holdOut(['a', 'b'], 0)).toEqual({ train: ['a', 'b'], held: [] });
  });
});

describe('losses', () => {
  beforeAll(async () => {
    await openEngine();
  });

  it('are nothing for flat pictures in range', () => {
    const flat = tf.fill([2, 8, 8, 3], 0.5) as tf.Tensor4D;
    expect(variationLoss(flat).dataSync()[0]).toBe(0);
    expect(rangeLoss(flat).dataSync()[0]).toBe(0);
    expect(rangeLoss(tf.fill([1, 2, 2, 3], 1.5)).dataSync()[0]).toBeCloseTo(0.25);
    expect(rangeLoss(tf.fill([1, 2, 2, 3], -0.5)).dataSync()[0]).toBeCloseTo(0.25);
  });

  it('measure how brightness varies with distance', () => {
    // Columns of two pixels, black and white by turns: four apart they are alike, two apart they differ by 1.
    const stripes = Float32Array.from({ length: 16 * 16 * 3 }, (_, at) => (Math.floor(at / 3) >> 1) % 2);
    const [levels] = variogram(tf.tensor4d(stripes, [1, 16, 16, 3])).arraySync();
    const [across1, down1, , , across2] = levels!;
    expect(across1).toBeCloseTo(0.5 * (7 / 15));
    expect(down1).toBe(0);
    expect(across2).toBeCloseTo(0.5);
    expect(levels![12]).toBeCloseTo(0); // four across
  });

  it('tell hues apart that have the same mean and covariance', () => {
    const quarter = (first: number[], rest: number[]): tf.Tensor4D =>
      tf.tensor4d(
        Array.from({ length: 16 * 16 }, (_, at) => (at % 16 < 4 ? first : rest)).flat(),
        [1, 16, 16, 3],
      );
    const red = colourStatistics(quarter([0.8, 0.2, 0.5], [0.4, 0.6, 0.5]));
    const green = colourStatistics(quarter([0.2, 0.8, 0.5], [0.6, 0.4, 0.5]));
    const lightless = (statistics: readonly tf.Tensor[]) =>
      statistics.slice(0, 2).map((part) => part.arraySync());
    // Brightness differs as well, since red is darker; the difference of red and green does not but for its hues.
    const [redCovariance, greenCovariance] = [red, green].map(
      (all) => (lightless(all)[1] as number[][][])[0]![1]![1]!,
    );
    expect(redCovariance).toBeCloseTo(greenCovariance!, 4);
    expect(tf.max(tf.abs(tf.sub(red[2]!, green[2]!))).dataSync()[0]).toBeGreaterThan(0.5);
    expect(colourDistance(red, red).dataSync()[0]).toBe(0);
    expect(colourDistance(red, green).dataSync()[0]).toBeGreaterThan(0.1);
  });

  it('compare statistics picture by picture', () => {
    const of = (...means: number[]) => ({
      mean: tf.tensor4d(means, [means.length, 1, 1, 1]),
      std: tf.ones([means.length, 1, 1, 1]) as tf.Tensor4D,
    });
    expect([...momentsDistance(of(1, 2), of(1, 5)).dataSync()]).toEqual([0, 9]);
  });
});
