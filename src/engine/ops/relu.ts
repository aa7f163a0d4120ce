import * as tf from '@tensorflow/tfjs-core';
import { tensorFlowBackend } from '../native/session.js';
import { FLOAT } from './attributes.js';
import { asPicture, likePicture } from './picture.js';

/** `max(x, 0)` with TensorFlow's own gradient kernel; stock tfjs multiplies by a step function. */
export function relu<T extends tf.Tensor>(x: T): T {
  return activate('Relu', tf.relu, x);
}

/** `min(max(x, 0), 6)`; stock tfjs differentiates it by nine ops, a third of a MobileNet's step. */
export function relu6<T extends tf.Tensor>(x: T): T {
  return activate('Relu6', tf.relu6, x);
}

function activate<T extends tf.Tensor>(name: 'Relu' | 'Relu6', stock: (x: T) => T, x: T): T {
  const backend = tensorFlowBackend();
  if (!backend) return stock(x);
  const apply = tf.customGrad((input, save) => {
    const y = backend.executeSingleOutput(name, [FLOAT], [input as tf.Tensor]);
    (save as tf.GradSaveFunc)([y]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]): tf.Tensor =>
      backend.executeSingleOutput(`${name}Grad`, [FLOAT], [dy, saved!]);
    return { value: y, gradFunc };
  });
  // A volume as the picture that its batch norm made of it: TensorFlow then joins the two.
  return (x.rank === 5 ? likePicture(apply(asPicture(x)), x.shape) : apply(x)) as T;
}
