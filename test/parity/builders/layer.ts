import * as tf from '@tensorflow/tfjs-core';
import { type Module, type Route, stateDict, toTorch } from '../../../src/models/index.js';
import { type GoldenCase, inputOf } from '../case.js';
import type { Outcome } from '../compare.js';
import { channelsLast, channelsSecond, fill, modelOf } from '../tensors.js';

export interface LayerOptions {
  /** The route of the training pass; evaluation is always on `main`. */
  readonly route?: Route;
  readonly prepare?: Parameters<typeof fill>[2];
}

/**
 * "train then eval": a training pass, the gradients of sum(output * gradout), the running statistics afterwards, and
 * an evaluation of the same input.
 */
export async function runLayer(
  golden: GoldenCase,
  network: Module,
  options: LayerOptions = {},
): Promise<Outcome> {
  const model = fill(modelOf(network), golden, options.prepare);
  const x = tf.variable(channelsLast(inputOf(golden, 'input')), true);
  const outputs = new Map<string, ArrayLike<number>>();
  const forward = () => model.apply(x, { training: true, route: options.route ?? 'main' });
  // Statistics move with every training pass, so the pass that is differentiated is the only one.
  let output: tf.Tensor | undefined;
  const named = [...model.trainable];
  const { value, grads } = tf.variableGrads(() => {
    output = tf.keep(forward());
    const shape = [output.shape[0]!, output.shape.at(-1)!, ...output.shape.slice(1, -1)];
    const gradout = channelsLast(inputOf(golden, 'gradout', undefined, shape));
    return tf.sum(tf.mul(output, gradout));
  }, [x, ...named.map(([, variable]) => variable)]);
  outputs.set('output', channelsSecond(output!));
  outputs.set('loss', value.dataSync());
  outputs.set('grad:input', channelsSecond(grads[x.name]!));
  for (const [name, variable] of named) {
    const gradient = grads[variable.name];
    const values = (gradient?.dataSync() ?? new Float32Array(variable.size)) as Float32Array;
    outputs.set(`grad:${name}`, toTorch(model.parameters.get(name)!, values).data);
  }
  for (const [name, { data }] of await stateDict(model)) outputs.set(`buf:${name}`, data);
  const evaluated = model.apply(x);
  outputs.set('output_eval_after', channelsSecond(evaluated));
  tf.dispose([grads, value, output!, evaluated, x]);
  model.dispose();
  return { outputs };
}
