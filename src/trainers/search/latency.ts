import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../engine/index.js';
import type { Shape } from '../../models/layers/shape.js';
import type { ModelConfig } from '../../models/model.js';
import { buildModel, countModel } from '../../models/registry.js';
import { aimForTime, type Measured } from './controller.js';

const WARM_UP = 3;
const RUNS = 60;

/**
 * Milliseconds of one sample's forward pass on this machine in fp32: the quickest of some runs, since what else the machine
 * does is not the network's doing.
 */
export async function measureLatency(config: ModelConfig, inputShape: Shape): Promise<number> {
  const model = buildModel(config);
  const forward = compile((x) => model.apply(x), { precision: 'fp32', name: 'latency' });
  const x = tf.zeros([1, ...inputShape]);
  try {
    let best = Number.POSITIVE_INFINITY;
    for (let run = -WARM_UP; run < RUNS; run++) {
      const started = performance.now();
      tf.dispose(await forward(x));
      if (run >= 0) best = Math.min(best, performance.now() - started);
    }
    return best;
  } finally {
    x.dispose();
    forward.dispose();
    model.dispose();
  }
}

/** How many multiply-accumulates to ask `networkAt` for so that what it gives takes `target` milliseconds. */
export function macsForLatency(
  networkAt: (macs: number) => ModelConfig,
  {
    start,
    target,
    inputShape,
  }: { readonly start: number; readonly target: number; readonly inputShape: Shape },
): Promise<number> {
  const measure = async (aim: number): Promise<Measured> => {
    const config = networkAt(aim);
    const { macs } = countModel(config, inputShape);
    return { macs, time: await measureLatency(config, inputShape) };
  };
  return aimForTime(measure, start, target);
}
