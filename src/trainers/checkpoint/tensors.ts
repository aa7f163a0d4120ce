import type * as tf from '@tensorflow/tfjs-core';
import { CheckpointError } from '../../core/errors.js';
import type { NamedArray } from '../../io/tensors/dtype.js';
import { fromFloat32, toFloat32 } from '../../io/tensors/float.js';
import { fromTorch, toTorch } from '../../models/weights.js';
import type { Network } from '../network.js';

type Arrays = ReadonlyMap<string, NamedArray>;

/**
 * Variables of parameters as arrays in PyTorch's layout, by name.
 * @throws CheckpointError E_DIVERGED for a value that is not finite: such weights are never written
 */
export async function readVariables(
  model: Network,
  variables: ReadonlyMap<string, tf.Variable>,
): Promise<Map<string, NamedArray>> {
  const arrays = new Map<string, NamedArray>();
  for (const [key, variable] of variables) {
    const data = (await variable.data()) as Float32Array;
    if (!data.every(Number.isFinite)) throw diverged(key);
    const parameter = model.parameters.get(parameterName(key));
    const { shape, data: values } = parameter ? toTorch(parameter, data) : { shape: variable.shape, data };
    arrays.set(key, fromFloat32(values, shape));
  }
  return arrays;
}

/** Gives variables the values of arrays. @throws CheckpointError E_NAMES for a missing one, ShapeError */
export function writeVariables(
  model: Network,
  variables: ReadonlyMap<string, tf.Variable>,
  arrays: Arrays,
  where: string,
  assign: (variable: tf.Variable, values: Float32Array) => void,
): void {
  for (const [key, variable] of variables) {
    const array = arrays.get(key);
    if (array === undefined)
      throw new CheckpointError('E_NAMES', `Expected ${key} in ${where} but it is missing.`);
    const parameter = model.parameters.get(parameterName(key));
    const data = toFloat32(array);
    assign(variable, parameter ? fromTorch(parameter, { shape: array.shape, data }, where) : data);
  }
}

/** The parameter of a name such as `conv1.weight` or `momentum:conv1.weight`. */
const parameterName = (key: string): string => key.slice(key.indexOf(':') + 1);

function diverged(name: string): CheckpointError {
  return new CheckpointError(
    'E_DIVERGED',
    `Expected finite numbers in ${name} but some are not, so no checkpoint is written. Lower the learning rate or clip the gradients.`,
  );
}
