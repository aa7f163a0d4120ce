import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { compile, openEngine } from '../../../src/engine/index.js';
import { cutmixTensor } from '../../../src/transforms/batch/cutmix.js';
import { mixupTensor } from '../../../src/transforms/batch/mixup.js';
import { normalizeTensor } from '../../../src/transforms/batch/normalize.js';

it('tensor functions give the same inside a compiled step, with draws as inputs', async () => {
  await openEngine({ device: 'cpu' });
  const step = (...[x, permutation, lambda, boxes]: tf.Tensor[]) => {
    const mixed = mixupTensor(x!, permutation as tf.Tensor1D, lambda as tf.Tensor1D);
    const cut = cutmixTensor(mixed, permutation as tf.Tensor1D, boxes as tf.Tensor2D);
    return normalizeTensor(cut, [0.5, 0.4, 0.3], [0.2, 0.3, 0.4]);
  };
  const compiled = compile(step, { precision: 'fp32' });
  for (const draw of [0, 1]) {
    const inputs = [
      tf.tensor(
        Float32Array.from({ length: 3 * 6 * 5 * 3 }, (_, i) => ((i * 37) % 101) / 101),
        [3, 6, 5, 3],
      ),
      tf.tensor1d(draw === 0 ? [1, 2, 0] : [2, 0, 1], 'int32'),
      tf.tensor1d([0.1, 0.5, 0.3 + draw / 10]),
      tf.tensor2d([0, 3, 1, 4, 2, 6, 0, 5, 1, 1 + draw, 2, 3], [3, 4], 'int32'),
    ];
    const eager = tf.tidy(() => step(...inputs));
    const got = await compiled(...inputs);
    expect([...(await got.data())]).toEqual([...(await eager.data())]);
    tf.dispose([...inputs, eager, got]);
  }
  compiled.dispose();
});
