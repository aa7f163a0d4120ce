import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { openEngine } from '../../../src/engine/index.js';
import { moments } from '../../../src/styletransfer/network/adain.js';
import {
  coarseColours,
  colourMoments,
  colourStatistics,
  recolour,
} from '../../../src/styletransfer/network/colour.js';
import { encodeStyle, stylize } from '../../../src/styletransfer/network/stylizer.js';
import { initialParameters, parameterShapes } from '../../../src/styletransfer/network/stylizer-config.js';
import { foldParameter } from '../../../src/styletransfer/network/stylizer-fold.js';
import { NOISE_TILE, noiseWindow, tiledNoise } from '../../../src/styletransfer/network/stylizer-noise.js';

const config = { stem: 4, middle: 6, deep: 8, blocks: 1, fine: 1, border: 8 };
const largest = (x: tf.Tensor): number => tf.max(tf.abs(x)).dataSync()[0]!;

function random(name: string, height: number, width: number): tf.Tensor4D {
  const rng = Rng.of(name);
  const [scale, shift] = [rng.uniform(0.2, 0.6), rng.uniform(0.1, 0.4)];
  const values = Float32Array.from({ length: height * width * 3 }, (_, at) =>
    Math.min(1, shift * ((at % 3) + 1) * 0.5 + scale * rng.uniform()),
  );
  return tf.tensor4d(values, [1, height, width, 3]);
}

beforeAll(async () => {
  await openEngine();
});

describe('folded parameters', () => {
  it('give the same picture, but at the frame’s edge', () => {
    const shapes = parameterShapes(config);
    const values = initialParameters(config, 5);
    const rng = Rng.of('bias');
    const biased = new Map(
      Array.from(values, ([name, value]) => [
        name,
        name.endsWith('.bias') ? value.map(() => rng.normal(0, 0.2)) : value,
      ]),
    );
    const plain = (name: string): tf.Tensor => tf.tensor(biased.get(name)!, [...shapes.get(name)!]);
    const folded = (name: string): tf.Tensor => {
      const { values: value, shape } = foldParameter(name, biased.get(name)!, shapes.get(name)!);
      return tf.tensor(value, [...shape]);
    };
    const [content, style] = [random('content', 64, 72), random('style', 64, 64)];
    const statistics = encodeStyle(plain, config, style);
    const wanted = stylize(plain, config, content, statistics);
    const got = stylize(folded, { ...config, folded: true }, content, statistics);
    const inner = (x: tf.Tensor4D): tf.Tensor4D => tf.slice(x, [0, 24, 24, 0], [1, 16, 24, 3]);
    // The last row and column of each mean see no neighbour in one and zeros in the other: through the swaps'
    // statistics a trace of that is everywhere.
    expect(largest(tf.sub(inner(wanted), inner(got)))).toBeLessThan(0.02 * largest(wanted));
  });
});

describe('recolouring', () => {
  it('gives a picture the mean and covariance of the style’s colours', () => {
    const [content, style] = [random('a', 64, 64), random('b', 48, 80)];
    const result = colourMoments(recolour(content, colourMoments(style)));
    const wanted = colourMoments(style);
    expect(largest(tf.sub(result.mean, wanted.mean))).toBeLessThan(1e-3);
    // The floor keeps the deviations of so even a picture smaller.
    expect(largest(tf.sub(result.std, wanted.std))).toBeLessThan(0.1);
  });

  it('changes nothing at alpha 0', () => {
    const [content, style] = [random('a', 32, 32), random('b', 32, 32)];
    expect(largest(tf.sub(recolour(content, colourMoments(style), tf.scalar(0)), content))).toBe(0);
  });

  it('measures bytes as it measures tensors', () => {
    const [height, width] = [37, 50];
    const rng = Rng.of('bytes');
    const data = Uint8Array.from({ length: height * width * 3 }, () => rng.integer(256));
    const own = colourStatistics({ data, height, width });
    const image = tf.tensor4d(
      Float32Array.from(data, (value) => value / 255),
      [1, height, width, 3],
    );
    const { mean, std } = moments(coarseColours(image));
    expect(largest(tf.sub(tf.reshape(mean, [-1]), tf.tensor1d(own.mean)))).toBeLessThan(1e-4);
    expect(largest(tf.sub(tf.reshape(std, [-1]), tf.tensor1d(own.std)))).toBeLessThan(1e-4);
  });
});

describe('noise', () => {
  it('lies the same under a tile as under the whole picture', () => {
    const values = initialParameters(config, 1).get('noise')!;
    const tile = tf.tensor(values, [NOISE_TILE, NOISE_TILE, 4]);
    const whole = tiledNoise(() => tile)(8, 100, 90);
    const part = noiseWindow(values, 8, 8 * 50, 8 * 30, 40, 60);
    expect(largest(tf.sub(tf.slice(whole, [0, 50, 30, 0], [1, 40, 60, 4]), part))).toBe(0);
  });

  it('has no mean and deviation 1 in each channel', () => {
    const { mean, std } = moments(
      tf.tensor4d(initialParameters(config, 1).get('noise')!, [1, NOISE_TILE, NOISE_TILE, 4]),
    );
    expect(largest(mean)).toBeLessThan(0.1);
    expect(largest(tf.sub(std, 1))).toBeLessThan(0.1);
  });
});
