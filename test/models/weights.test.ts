import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CheckpointError, ShapeError } from '../../src/core/errors.js';
import { openEngine } from '../../src/engine/index.js';
import {
  loadModel,
  loadStateDict,
  loadWeights,
  readWeightFile,
  resnet,
  saveModel,
  stateDict,
  type Weight,
  type WeightMap,
} from '../../src/models/index.js';
import { permute } from '../../src/models/weights.js';

let folder = '';
beforeAll(async () => {
  await openEngine();
  folder = await mkdtemp(join(tmpdir(), 'cuemix-weights-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Names, shapes and a digest of the numbers: comparing millions of them one by one takes minutes. */
function digest(weights: WeightMap): unknown {
  return [...weights].map(([name, { shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return [name, [...shape], createHash('sha256').update(bytes).digest('hex')];
  });
}

const small = { block: 'bottleneck', layers: [1, 1, 1, 1], classes: 4, groups: 8, baseWidth: 4 } as const;
const build = (options = {}, seed = 0) => resnet({ ...small, layers: [1, 1, 1, 1], ...options }, { seed });

describe('permute', () => {
  test('is undone by the inverse order', () => {
    const extents = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
    const cases = extents.chain((shape) =>
      fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })),
    );
    fc.assert(
      fc.property(cases, ([shape, order]) => {
        const size = shape.reduce((product, extent) => product * extent, 1);
        const data = Float32Array.from({ length: size }, (_, index) => index);
        const turned = permute(data, shape, order);
        const inverse = order.map((_, axis) => order.indexOf(axis));
        const back = permute(
          turned,
          order.map((axis) => shape[axis]!),
          inverse,
        );
        expect([...back]).toEqual([...data]);
        const expected = tf.tidy(() => tf.transpose(tf.tensor(data, shape), order).dataSync());
        expect([...turned]).toEqual([...expected]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('loading', () => {
  test('shapes are PyTorch’s', async () => {
    const model = build();
    const weights = await stateDict(model);
    expect(weights.get('conv1.weight')!.shape).toEqual([64, 3, 7, 7]);
    expect(weights.get('layer1.0.conv2.weight')!.shape).toEqual([32, 4, 3, 3]);
    expect(weights.get('fc.weight')!.shape).toEqual([4, 2048]);
    model.dispose();
  });

  test('names what is missing and what is extra, and changes nothing then', async () => {
    const model = build();
    const before = digest(await stateDict(model));
    const other = build({}, 1);
    const weights = await stateDict(other);
    weights.delete('fc.bias');
    weights.set('head.bias', { shape: [4], data: new Float32Array(4) });
    const load = () => loadStateDict(model, weights, { where: 'x.pth' });
    expect(load).toThrow(CheckpointError);
    expect(load).toThrow(/x\.pth.*1 missing \(fc\.bias\).*1 that the model does not have \(head\.bias\)/);
    expect(digest(await stateDict(model))).toEqual(before);
    expect(loadStateDict(model, weights, { partial: true })).toEqual({
      missing: ['fc.bias'],
      extra: ['head.bias'],
    });
    weights.set('conv1.weight', { shape: [7, 7, 3, 64], data: new Float32Array(64 * 3 * 49) });
    const wrong = () => loadStateDict(model, weights, { partial: true, where: 'x.pth' });
    expect(wrong).toThrow(ShapeError);
    expect(wrong).toThrow('Expected shape [64,3,7,7] for conv1.weight but received [7,7,3,64] from x.pth.');
    model.dispose();
    other.dispose();
  });

  test('a plain checkpoint fills both routes, and counters of batches are passed over', async () => {
    const plain = build({}, 3);
    const routed = build({ routes: ['main', 'aux'] });
    const weights: Map<string, Weight> = await stateDict(plain);
    weights.set('bn1.running_mean', { shape: [64], data: new Float32Array(64).fill(0.25) });
    weights.set('bn1.num_batches_tracked', { shape: [], data: Float32Array.of(7) });
    expect(loadStateDict(routed, weights)).toEqual({ missing: [], extra: [] });
    const loaded = await stateDict(routed);
    expect(loaded.get('bn1.aux_bn.running_mean')!.data[9]).toBe(0.25);
    expect(loaded.get('layer2.0.bn3.aux_bn.weight')).toEqual(weights.get('layer2.0.bn3.weight'));
    plain.dispose();
    routed.dispose();
  });
});

describe('files', () => {
  test.each(['.safetensors', '.pth', '.npz'])('%s holds every weight', async (ending) => {
    const [model, other] = [build({}, 1), build({}, 2)];
    const path = join(folder, `weights${ending}`);
    await saveModel(model, path, ['a', 'b', 'c', 'd']);
    await loadWeights(other, path);
    expect(digest(await stateDict(other))).toEqual(digest(await stateDict(model)));
    model.dispose();
    other.dispose();
  });

  test('a safetensors file rebuilds its model and knows its classes', async () => {
    const model = build({ norm: { bnet: { kernel: 3 } } }, 1);
    const path = join(folder, 'model.safetensors');
    const classes = ['a', 'b', 'c', 'd'];
    await saveModel(model, path, classes);
    expect((await readWeightFile(path)).classes).toEqual(classes);
    const again = await loadModel(path);
    expect(again.config).toEqual(model.config);
    expect(digest(await stateDict(again))).toEqual(digest(await stateDict(model)));
    await loadWeights(again, path, { classes });
    await expect(loadWeights(again, path, { classes: ['a', 'b', 'd', 'c'] })).rejects.toThrow(
      /Expected class 2 of .* to be d but it is c/,
    );
    model.dispose();
    again.dispose();
  });

  test('a file without a configuration does not build a model', async () => {
    const model = build();
    const path = join(folder, 'plain.npz');
    await saveModel(model, path);
    await expect(loadModel(path)).rejects.toThrow(/which model it holds/);
    model.dispose();
  });
});
