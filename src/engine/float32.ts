import type * as tf from '@tensorflow/tfjs-core';
import { ATTR } from './native/attributes.js';
import { DataType } from './native/data-type.js';
import { tensorFlowBackend } from './native/session.js';

/**
 * The same values, but what follows is computed in float32 even in a bf16 step: TensorFlow's bf16 rewrite spreads
 * from convolutions through additions and multiplications, and would round an optimizer's sums and the weights
 * themselves, so that small steps vanish. It stops at ops that it does not know, such as this one.
 */
export function float32<T extends tf.Tensor>(x: T): T {
  const backend = tensorFlowBackend();
  if (!backend) return x;
  const attributes = [
    { name: 'dtype', type: ATTR.TYPE, value: DataType.FLOAT },
    { name: 'shape', type: ATTR.SHAPE, value: x.shape },
  ];
  return backend.executeSingleOutput('PlaceholderWithDefault', attributes, [x]) as T;
}
