import * as tf from '@tensorflow/tfjs-core';
import { ATTR } from './native/attributes.js';
import { DataType } from './native/data-type.js';
import { tensorFlowBackend } from './native/session.js';

/**
 * The same values, but what follows is computed in float32 even in a bf16 step: TensorFlow's bf16 rewrite spreads
 * from convolutions through additions and multiplications, and would round an optimizer's sums and the weights
 * themselves, so that small steps vanish. It stops at ops that it does not know, such as this one. Gradients pass
 * through it, in float32 as well.
 */
export function float32<T extends tf.Tensor>(x: T): T {
  if (!tensorFlowBackend()) return x;
  const apply = tf.customGrad((input) => ({
    value: fenced(input as T),
    gradFunc: (dy: tf.Tensor) => fenced(dy),
  }));
  return apply(x) as T;
}

function fenced<T extends tf.Tensor>(x: T): T {
  const attributes = [
    { name: 'dtype', type: ATTR.TYPE, value: DataType.FLOAT },
    { name: 'shape', type: ATTR.SHAPE, value: x.shape },
  ];
  return tensorFlowBackend()!.executeSingleOutput('PlaceholderWithDefault', attributes, [x]) as T;
}
