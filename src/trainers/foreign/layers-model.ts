import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../core/errors.js';
import { Parameter, type Role } from '../../models/layers/parameter.js';
import type { TensorOpsOptions } from '../../models/layers/tensor-ops.js';
import type { Network } from '../network.js';

/** What is asked of a weight of a tfjs layers model (its `LayerVariable`). */
export interface LayersWeight {
  readonly name: string;
  readonly trainable: boolean;
  /** The variable itself. */
  readonly val: tf.Variable;
}

/**
 * What is asked of a tfjs layers model (`tf.LayersModel`, `tf.Sequential`), so that tfjs-layers need not be installed
 * with this package.
 */
export interface LayersModel {
  readonly name: string;
  readonly inputs: readonly { readonly shape: readonly (number | null)[] }[];
  readonly weights: readonly object[];
  apply(x: tf.Tensor, options?: { training?: boolean }): unknown;
  toJSON(unused?: unknown, returnString?: boolean): unknown;
}

/**
 * A tfjs layers model as a network that the trainer can train: its variables are shared, so that the model has learnt
 * what the trainer taught it. Random layers (dropout) are not for compiled steps; layers with batch statistics are.
 * Disposing the network leaves the model alone. Logits are expected, not probabilities.
 *
 * @example train(parsed, { model: () => adaptLayersModel(myModel) })
 * @throws UsageError for a model with several inputs or weights that it cannot see
 */
export function adaptLayersModel(model: LayersModel): Network {
  const [input, ...others] = model.inputs;
  if (input === undefined || others.length > 0)
    throw new UsageError(`Expected a model with one input but ${model.name} has ${model.inputs.length}.`);
  const parameters = new Map(
    model.weights.map((weight) => {
      if (!isWeight(weight))
        throw new UsageError(`Expected weights of a built tfjs layers model in ${model.name}.`);
      return [weight.name, adaptWeight(weight)] as const;
    }),
  );
  const variables = new Map([...parameters].map(([name, parameter]) => [name, parameter.variable]));
  const learnt = [...parameters].filter(([, { spec }]) => spec.role !== 'statistic');
  return {
    config: { family: 'layers-model', options: JSON.parse(JSON.stringify(model.toJSON(undefined, false))) },
    inputShape: input.shape.slice(1).map((extent) => extent ?? 1),
    parameters,
    variables,
    trainable: new Map(learnt.map(([name, parameter]) => [name, parameter.variable])),
    apply: (x: tf.Tensor, { training = false }: TensorOpsOptions = {}) =>
      tf.tidy(() => model.apply(x, { training }) as tf.Tensor),
    dispose: () => undefined,
  };
}

function isWeight(value: object): value is LayersWeight {
  return 'val' in value && value.val instanceof tf.Variable && 'name' in value && 'trainable' in value;
}

function adaptWeight({ name, trainable, val }: LayersWeight): Parameter {
  const init = { kind: 'constant', value: 0 } as const; // its values are there already
  const parameter = new Parameter({
    shape: val.shape,
    layout: 'vector',
    role: roleOf(name, trainable),
    init,
  });
  parameter.name = name;
  parameter.attach(val);
  return parameter;
}

function roleOf(name: string, trainable: boolean): Role {
  if (!trainable) return 'statistic';
  const last = name.slice(name.lastIndexOf('/') + 1);
  if (last === 'gamma') return 'scale';
  if (last === 'beta') return 'offset';
  return last === 'bias' ? 'bias' : 'weight';
}
