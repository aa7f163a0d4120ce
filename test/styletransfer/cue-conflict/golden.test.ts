import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import type { Batch } from '../../../src/core/batch.js';
import { hard, toDense } from '../../../src/core/label.js';
import { openEngine } from '../../../src/engine/index.js';
import { cueConflictBy } from '../../../src/styletransfer/index.js';
import { vggNetwork } from '../../../src/styletransfer/network/model.js';
import { tensorStylizer } from '../../../src/styletransfer/network/tensor-stylizer.js';
import { describeShared } from '../../helpers/shared.js';
import { networks } from '../../parity/builders/adain.js';
import { type GoldenCase, inputOf, numbersOf, readCases, readTensors } from '../../parity/case.js';
import { compareOutputs, passes } from '../../parity/compare.js';
import { channelsLast, channelsSecond } from '../../parity/tensors.js';

describeShared('cue conflict of the debiased training code', (shared) => {
  const folder = join(shared, 'golden');

  beforeAll(async () => {
    await openEngine();
  });

  it('paints the same pictures with the same order of styles, and labels them alike', async () => {
    const golden = (await readCases(folder)).find((entry) => entry.case === 'debiased_iteration_mix')!;
    const tensors = await readTensors(folder, golden);
    const { gamma, alpha, perm_per_step } = golden.options as {
      gamma: number;
      alpha: number;
      perm_per_step: number[][];
    };
    const style = { ...golden, salt: golden.style_salt, gain: golden.style_gain } as GoldenCase;
    const variables = networks(style);
    const values = new Map([...variables].map(([key, one]) => [key, one.dataSync() as Float32Array]));
    const stylizer = tensorStylizer(vggNetwork('vgg', 'fp32', values));
    tf.tidy(() => {
      const contents = Array.from(inputOf(golden, 'labels<t>', 0).data);
      const batch: Batch = {
        x: channelsLast(inputOf(golden, 'image<t>', 0)),
        labels: contents.map(hard),
        ids: contents.map(String),
        route: 'main',
        trace: [],
      };
      const [main, aux] = cueConflictBy(stylizer)({ gamma, alpha }).apply(batch, {
        from: 'batch',
        styles: perm_per_step[0]!,
        alpha: contents.map(() => alpha),
        gamma,
        size: null,
        view: 'add',
        clip: false,
      }) as Batch[];
      const checks = compareOutputs(golden, tensors, {
        outputs: new Map([['stylized0', channelsSecond(aux!.x)]]),
      }).filter(({ name }) => name === 'stylized0');
      expect(checks.filter((check) => !passes(check))).toEqual([]);
      expect(checks).toHaveLength(1);
      const [a, b, w] = ['label_a0', 'label_b0', 'weight_b0'].map((name) => numbersOf(tensors, name)!);
      const official = Array.from(a!, (shape, row) => [
        { classId: shape, weight: 1 - w![row]! },
        { classId: b![row]!, weight: w![row]! },
      ]);
      const got = toDense([...main!.labels, ...aux!.labels], 10);
      toDense(official, 10).forEach((weight, index) => {
        expect(got[index]).toBeCloseTo(weight, 6);
      });
    });
    stylizer.dispose();
    tf.dispose([...variables.values()]);
  });
});
