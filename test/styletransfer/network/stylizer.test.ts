import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { compile, openEngine } from '../../../src/engine/index.js';
import { moments } from '../../../src/styletransfer/network/adain.js';
import {
  coarseColours,
  colourMoments,
  colourStatistics,
  recolour,
} from '../../../src/styletransfer/network/colour.js';
import { encodeStyle, readStyle, stylize } from '../../../src/styletransfer/network/stylizer.js';
import { initialParameters, parameterShapes } from '../../../src/styletransfer/network/stylizer-config.js';
import { foldParameter } from '../../../src/styletransfer/network/stylizer-fold.js';
import { NOISE_TILE, noiseWindow, tiledNoise } from '../../../src/styletransfer/network/stylizer-noise.js';

const config = { stem: 4, middle: 6, deep: 8, blocks: 1, fine: 1, border: 8, head: 6 };
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

describe('the head', () => {
  const shapes = parameterShapes(config);
  const given = (values: ReadonlyMap<string, Float32Array>) => (name: string) =>
    tf.tensor(values.get(name)!, [...shapes.get(name)!]);
  let style: tf.Tensor4D;

  beforeAll(() => {
    style = random('style', 64, 64);
  });

  it('changes nothing before it is trained, and the colours never', () => {
    const values = initialParameters(config, 3);
    const [colours, first] = encodeStyle(given(values), config, style);
    const measured = colourMoments(style);
    expect(largest(tf.sub(colours!.mean, measured.mean))).toBe(0);
    expect(largest(tf.sub(colours!.std, measured.std))).toBe(0);
    // Its bias alone: the same for every style.
    const shifted = new Map(values).set(
      'head.1.bias',
      values.get('head.1.bias')!.map(() => 0.5),
    );
    const [same, moved] = encodeStyle(given(shifted), config, style);
    expect(largest(tf.sub(same!.mean, measured.mean))).toBe(0);
    expect(largest(tf.sub(tf.sub(moved!.mean, first!.mean), 0.5))).toBeLessThan(1e-5);
    const grown = tf.div(moved!.std, first!.std);
    expect(largest(tf.sub(grown, Math.exp(1.5 * Math.tanh(0.5 / 1.5))))).toBeLessThan(1e-5);
  });

  it('sees every statistic, and leaves the copy of the style as it is', () => {
    const values = initialParameters(config, 3);
    const trained = new Map(values).set(
      'head.1.weight',
      values.get('head.1.weight')!.map(() => 0.1),
    );
    const plain = readStyle(given(values), config, style);
    const changed = readStyle(given(trained), config, style);
    expect(largest(tf.sub(plain.copy, changed.copy))).toBe(0);
    const last = changed.statistics.length - 1;
    for (const [layer, { mean }] of changed.statistics.entries()) {
      if (layer > 0 && layer < last)
        expect(largest(tf.sub(mean, plain.statistics[layer]!.mean))).toBeGreaterThan(0);
    }
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

  it('comes after painting too', () => {
    const unframed = { ...config, border: 0 };
    const values = initialParameters(unframed, 3);
    const shapes = parameterShapes(unframed);
    const parameter = (name: string): tf.Tensor => tf.tensor(values.get(name)!, [...shapes.get(name)!]);
    const [content, style] = [random('a', 64, 64), random('b', 64, 64)];
    const painted = stylize(parameter, unframed, content, encodeStyle(parameter, unframed, style));
    expect(largest(tf.sub(colourMoments(painted).mean, colourMoments(style).mean))).toBeLessThan(1e-3);
  });

  it('keeps colours along one line in bounds where products are rounded', async () => {
    const engine = await openEngine();
    const rng = Rng.of('tinted');
    const tinted = Float32Array.from({ length: 64 * 64 * 3 }, () => 0);
    for (let at = 0; at < tinted.length; at += 3) {
      const light = rng.uniform(0.2, 0.8);
      tinted.set([light, 0.6 * light + 0.2, 0.3 + 0.1 * light], at);
    }
    const style = tf.tensor4d(tinted, [1, 64, 64, 3]);
    const content = random('colourful', 64, 64);
    const precision = engine.compiles && engine.bf16 ? 'bf16' : 'fp32';
    const painted = compile(
      (image, other) => recolour(image as tf.Tensor4D, colourMoments(other as tf.Tensor4D)),
      { precision, name: 'recolour' },
    );
    const exact = recolour(content, colourMoments(style));
    const got = await painted(content, style);
    expect(largest(tf.sub(got, exact))).toBeLessThan(0.2);
    painted.dispose();
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
