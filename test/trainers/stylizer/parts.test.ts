import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { openEngine } from '../../../src/engine/index.js';
import { adamNumbers } from '../../../src/trainers/stylizer/adam.js';
import { applyCrop, contentCrop, styleCrop } from '../../../src/trainers/stylizer/crops.js';
import { momentsDistance, rangeLoss, variationLoss } from '../../../src/trainers/stylizer/losses.js';
import { holdOut } from '../../../src/trainers/stylizer/pictures.js';
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

  it('flip, turn, exchange channels and invert', async () => {
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
        channels: [0, 1, 2],
        invert: false,
      } as const;
      await applyCrop(pixels, { ...plain, ...change }, 2, out, 0);
      return [0, 3, 6, 9].map((at) => Math.round(out[at]! * 255));
    };
    expect(await red({})).toEqual([10, 20, 30, 40]);
    expect(await red({ flip: true })).toEqual([20, 10, 40, 30]);
    expect(await red({ turns: 2 })).toEqual([40, 30, 20, 10]);
    expect(new Set(await red({ turns: 1 }))).toEqual(new Set([10, 20, 30, 40]));
    expect(await red({ channels: [1, 0, 2] })).toEqual([0, 0, 0, 0]);
    expect(await red({ invert: true })).toEqual([245, 235, 225, 215]);
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

  it('compare statistics picture by picture', () => {
    const of = (...means: number[]) => ({
      mean: tf.tensor4d(means, [means.length, 1, 1, 1]),
      std: tf.ones([means.length, 1, 1, 1]) as tf.Tensor4D,
    });
    expect([...momentsDistance(of(1, 2), of(1, 5)).dataSync()]).toEqual([0, 9]);
  });
});
