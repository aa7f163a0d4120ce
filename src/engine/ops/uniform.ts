import * as tf from '@tensorflow/tfjs-core';
import { DataType } from '../native/data-type.js';
import { tensorFlowBackend } from '../native/session.js';
import { type } from './attributes.js';

/**
 * Uniform numbers in [0, 1) that depend on nothing but the shape, the seed (two int32 numbers, which a compiled step must
 * take as an input) and `index`, which tells the draws of one step apart.
 */
export function uniform(shape: readonly number[], seed: tf.Tensor1D, index: number): tf.Tensor {
  const own = tf.add(seed, tf.tensor1d([0, index], 'int32')) as tf.Tensor1D;
  const backend = tensorFlowBackend();
  if (backend === undefined) {
    // Other engines run eagerly, so the seed may be read.
    const [low, high] = own.dataSync();
    return tf.randomUniform([...shape], 0, 1, 'float32', `${low},${high}`);
  }
  const attributes = [
    type('dtype', DataType.FLOAT),
    type('T', DataType.INT32),
    type('Tseed', DataType.INT32),
  ];
  return backend.executeSingleOutput('StatelessRandomUniform', attributes, [
    tf.tensor1d([...shape], 'int32'),
    own,
  ]);
}
