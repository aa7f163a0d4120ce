import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { openEngine } from '../../src/engine/index.js';
import {
  type AtomNASConfig,
  aliveChannels,
  atomnas,
  branchShares,
  buildModel,
  cakesVideo,
  costGradient,
  deadMacs,
  inflateWeights,
  loadStateDict,
  MIXED_OPS,
  type MixedOp,
  pruneLayer,
  resnet,
  searchGroups,
  shrink,
  sparsityPenalty,
  stateDict,
} from '../../src/models/index.js';

beforeAll(async () => {
  await openEngine();
});

describe('pruneLayer', () => {
  const op = fc.constantFrom(...(Object.keys(MIXED_OPS) as MixedOp[]));

  test('keeps as many channels as the layer has, those with the largest scales', () => {
    fc.assert(
      fc.property(op, fc.integer({ min: 1, max: 20 }), fc.integer(), (kind, width, seed) => {
        const rng = Rng.of(seed);
        const scales = Float32Array.from({ length: width * MIXED_OPS[kind].length }, () => rng.normal());
        const { split, threshold, kept } = pruneLayer(kind, scales);
        expect(kept.length).toBe(width);
        expect(Object.values(split).reduce((sum, count) => sum + count, 0)).toBe(width);
        for (const [index, scale] of scales.entries()) {
          expect(Math.abs(scale) >= threshold).toBe(kept.includes(index));
        }
      }),
    );
  });

  test('costs are shared by kernel size', () => {
    expect(branchShares('1+2d')).toEqual([3 / 4, 1 / 4].map((share) => expect.closeTo(share)));
    expect(branchShares('1+2+3d')).toEqual([9 / 13, 3 / 13, 1 / 13].map((share) => expect.closeTo(share)));
    expect([...costGradient('1+2d', Float32Array.of(2, -3, 0, -1), 1)]).toEqual([0.75, -0.75, 0, -0.25]);
  });
});

/** A search network small enough for tests, some channels dead. */
function searched() {
  const block = { kernels: [3, 5], expand: true };
  const model = atomnas({
    stem: 4,
    head: 8,
    classes: 3,
    blocks: [
      { outputs: 4, kernels: [3], channels: [4], expand: false },
      { ...block, outputs: 6, stride: 2, channels: [5, 4] },
      { ...block, outputs: 6, channels: [3, 4] },
      { ...block, outputs: 6, channels: [2, 3] },
    ],
  });
  const config = model.config.options as AtomNASConfig;
  return { model, config, groups: searchGroups(config, [32, 32, 3]) };
}

async function kill(
  model: ReturnType<typeof searched>['model'],
  isDead: (scale: string, channel: number) => boolean,
) {
  const weights = await stateDict(model);
  for (const [name, { data }] of weights) {
    if (!name.endsWith('.1.1.weight')) continue;
    const offsets = weights.get(name.replace(/weight$/, 'bias'))!.data;
    data.forEach((_, channel) => {
      if (isDead(name, channel)) data[channel] = offsets[channel] = 0;
    });
  }
  loadStateDict(model, weights);
  return weights;
}

describe('AtomNAS', () => {
  test('the mean penalty over all channels is 1, and the first block is not searched', () => {
    const { model, groups } = searched();
    const channels = groups.reduce((sum, group) => sum + group.channels, 0);
    const total = groups.reduce((sum, group) => sum + group.channels * group.penalty, 0);
    expect(total / channels).toBeCloseTo(1, 5);
    expect(groups.map(({ block }) => block)).not.toContain(0);
    const before = sparsityPenalty(model, groups, 0.5);
    expect(before.dataSync()[0]).toBeCloseTo(0.5 * channels, 3);
    before.dispose();
    model.dispose();
  });

  test('the published range of penalties', () => {
    const penalties = searchGroups(atomnas({ arch: 'supernet' }).config.options as AtomNASConfig).map(
      (g) => g.penalty,
    );
    expect(Math.min(...penalties)).toBeCloseTo(0.409, 3);
    expect(Math.max(...penalties)).toBeCloseTo(9.121, 3);
    tf.disposeVariables();
  });

  test.each([
    ['some channels', (scale: string, channel: number) => (channel + scale.length) % 2 === 0],
    ['a whole group', (scale: string) => scale.startsWith('features.3.ops.0')],
    ['a whole residual block', (scale: string) => scale.startsWith('features.4')],
  ])('shrinking away %s leaves the answer and the account right', async (_, isDead) => {
    const { model, config, groups } = searched();
    const weights = await kill(model, isDead);
    const alive = aliveChannels(groups, weights, weights);
    expect(deadMacs(groups, alive)).toBeGreaterThan(0);
    const { config: smaller, cut } = shrink(config, alive);
    const small = buildModel({ family: 'atomnas', options: smaller });
    loadStateDict(small, cut(weights));
    const x = tf.randomNormal([2, 32, 32, 3], 0, 1, 'float32', 1);
    const [before, after] = [model.apply(x), small.apply(x)];
    expect(tf.max(tf.abs(tf.sub(before, after))).dataSync()[0]).toBeLessThan(1e-5);
    const slots = cut(new Map([...weights].map(([name, weight]) => [`momentum:${name}`, weight])));
    for (const [name, { spec }] of small.parameters) {
      if (spec.role !== 'statistic') expect(slots.has(`momentum:${name}`), name).toBe(true);
    }
    tf.dispose([x, before, after]);
    model.dispose();
    small.dispose();
  });

  test('a channel dies only when it is dead now and on average, until the end', () => {
    const { model, groups } = searched();
    const map = (value: number) =>
      new Map(
        groups.map(({ scale, channels }) => [
          scale,
          { shape: [channels], data: new Float32Array(channels).fill(value) },
        ]),
      );
    const lives = (now: number, mean: number, final: boolean) =>
      [...aliveChannels(groups, map(now), map(mean), { final }).values()].flat().every(Boolean);
    expect([lives(1, 0, false), lives(0, 1, false), lives(0, 0, false)]).toEqual([true, true, false]);
    expect([lives(1, 0, true), lives(0, 1, true)]).toEqual([false, true]);
    model.dispose();
  });

  test('a block that changes the shape cannot lose all its channels', async () => {
    const { model, config, groups } = searched();
    const weights = await kill(model, (scale) => scale.startsWith('features.2'));
    expect(() => shrink(config, aliveChannels(groups, weights, weights))).toThrow(/block 1.*all are dead/);
    model.dispose();
  });
});

describe('inflation', () => {
  test.each(['3d', '2d', '2+3d', '1+2+3d'] as const)(
    'a still clip is answered like its picture: %s',
    async (op) => {
      const flat = resnet({ block: 'bottleneck', layers: [1, 1, 1, 1], classes: 5 }, { seed: 4 });
      const splits = [64, 128, 256, 512].map((width) =>
        op === '1+2+3d'
          ? { kxkxk: width / 2, '1xkxk': width / 2, kx1x1: 0 }
          : { kxkxk: width / 4, '1xkxk': (3 * width) / 4 },
      );
      const mixed = op.includes('+');
      const video = cakesVideo({
        op,
        layers: [1, 1, 1, 1],
        classes: 5,
        consensus: 'none',
        ...(mixed ? { splits } : {}),
      });
      const inflated = inflateWeights(await stateDict(flat), { op, ...(mixed ? { splits } : {}) });
      expect(loadStateDict(video, inflated)).toEqual({ missing: [], extra: [] });
      const image = tf.randomNormal([1, 32, 32, 3], 0, 1, 'float32', 2);
      const clip = tf.tile(tf.expandDims(image, 1), [1, 9, 1, 1, 1]);
      const [expected, frames] = [flat.apply(image).dataSync(), video.apply(clip)];
      // Zeros beyond the ends of the clip reach four frames in: only the middle one sees none.
      const middle = frames.dataSync().slice(4 * 5, 5 * 5);
      expected.forEach((value, index) => {
        expect(middle[index]).toBeCloseTo(value, 4);
      });
      tf.dispose([image, clip, frames]);
      flat.dispose();
      video.dispose();
    },
  );

  test('a search network takes every branch and repeats norm and inputs', async () => {
    const flat = resnet({ block: 'bottleneck', layers: [1, 1, 1, 1], classes: 5 });
    const video = cakesVideo({ op: '1+2d', layers: [1, 1, 1, 1], classes: 5, search: true });
    const inflated = inflateWeights(await stateDict(flat), { op: '1+2d', search: true });
    expect(loadStateDict(video, inflated)).toEqual({ missing: [], extra: [] });
    flat.dispose();
    video.dispose();
  });
});
