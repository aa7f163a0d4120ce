import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Raster } from '../../src/core/sample.js';
import { toFloat32 } from '../../src/io/tensors/float.js';
import { readSafetensors } from '../../src/io/tensors/safetensors.js';
import { slidingWindow } from '../../src/trainers/sliding-window.js';
import { windowWeights } from '../../src/transforms/volume/windows.js';
import { expectClose } from '../helpers/close.js';
import { sampleIndices } from '../helpers/golden-sample.js';
import { describeShared } from '../helpers/shared.js';

interface Golden {
  case: string;
  file: string;
  inputs: { key: string; shape: number[]; std?: number }[];
}

/** FORMAT.md section 1: procedural values of a key. */
function procedural(key: string, count: number, std = 1): Float32Array {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(key)) seed = Math.imul(seed ^ byte, 0x01000193) >>> 0;
  return Float32Array.from({ length: count }, (_, i) => {
    let x = (seed + Math.imul(i, 0x9e3779b9)) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) >>> 0;
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
    return (2 * (((x ^ (x >>> 16)) >>> 0) / 2 ** 32) - 1) * 1.7320508075688772 * std;
  });
}

describeShared('slidingWindow equals MONAI', (shared) => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });
  afterAll(() => tf.disposeVariables());
  const folder = join(shared, 'golden');
  const { cases } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { cases: Golden[] };
  for (const golden of cases.filter((entry) => entry.case.startsWith('sliding_window_'))) {
    it(golden.case, async () => {
      const { tensors } = readSafetensors(readFileSync(join(folder, golden.file)), golden.file);
      const [input, w, b] = golden.inputs.map(({ key, shape, std }) =>
        procedural(
          key,
          shape.reduce((x, y) => x * y, 1),
          std,
        ),
      );
      const shape = golden.inputs[0]!.shape.slice(2) as [number, number, number];
      const volume: Raster = { role: 'intensity', axes: ['z', 'y', 'x'], shape: [...shape, 1], data: input! };
      const filter = tf.transpose(tf.tensor5d(w!, [2, 1, 3, 3, 3]), [2, 3, 4, 1, 0]);
      const bias = tf.tensor1d(b!);
      const before = tf.memory().numTensors;
      const predict = (x: tf.Tensor5D) =>
        tf.tidy(() => tf.add<tf.Tensor5D>(tf.conv3d(x, filter, 1, 'same'), bias));
      for (const blend of ['constant', 'gaussian'] as const) {
        for (const overlap of [0.25, 0.5]) {
          const got = await slidingWindow(volume, predict, { window: [8, 8, 8], overlap, blend, batch: 3 });
          const name = `${blend}_ov${overlap}`;
          const whole = tensors.get(name);
          const want = toFloat32(whole ?? tensors.get(`${name}#sample`)!);
          const voxels = got.data.length / 2;
          const cells = whole ? want.map((_, at) => at) : sampleIndices(got.data.length, want.length);
          let [worst, largest] = [0, 0];
          want.forEach((value, i) => {
            const at = cells[i]!;
            worst = Math.max(worst, Math.abs(value - got.data[(at % voxels) * 2 + Math.floor(at / voxels)]!));
            largest = Math.max(largest, Math.abs(value));
          });
          expect(got.shape).toEqual([...shape, 2]);
          expect(worst / largest).toBeLessThan(1e-6);
        }
      }
      const map = tensors.get('importance_gaussian_8x8x8');
      if (map !== undefined) {
        const weights = windowWeights([8, 8, 8], 'gaussian', 0.125);
        expectClose(weights, toFloat32(map), 6);
      }
      expect(tf.memory().numTensors).toBe(before);
    });
  }
});
