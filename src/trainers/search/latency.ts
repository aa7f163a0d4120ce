import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../engine/index.js';
import type { Shape } from '../../models/layers/shape.js';
import type { ModelConfig } from '../../models/model.js';
import { buildModel } from '../../models/registry.js';

const WARM_UP = 3;
const RUNS = 15;

/** Milliseconds of one sample's forward pass on this machine in fp32: the median of some runs. */
export async function measureLatency(config: ModelConfig, inputShape: Shape): Promise<number> {
  const model = buildModel(config);
  const forward = compile((x) => model.apply(x), { precision: 'fp32', name: 'latency' });
  const x = tf.zeros([1, ...inputShape]);
  try {
    const times: number[] = [];
    for (let run = -WARM_UP; run < RUNS; run++) {
      const started = performance.now();
      tf.dispose(await forward(x));
      if (run >= 0) times.push(performance.now() - started);
    }
    return times.sort((a, b) => a - b)[RUNS >> 1]!;
  } finally {
    x.dispose();
    forward.dispose();
    model.dispose();
  }
}
