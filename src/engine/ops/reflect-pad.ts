import * as tf from '@tensorflow/tfjs-core';
import { DataType } from '../native/data-type.js';
import { tensorFlowBackend } from '../native/session.js';
import { FLOAT, text, type } from './attributes.js';

/** One axis with `pad` mirrored positions at each end, the edge not repeated. */
function mirrored(x: tf.Tensor4D, axis: 1 | 2, pad: number): tf.Tensor4D {
  const size = x.shape[axis];
  const at = (position: number): tf.Tensor4D => {
    const begin = [0, 0, 0, 0];
    const extent = [...x.shape];
    begin[axis] = position;
    extent[axis] = 1;
    return tf.slice(x, begin as [number, number, number, number], extent as [number, number, number, number]);
  };
  const before = Array.from({ length: pad }, (_, row) => at(pad - row));
  const after = Array.from({ length: pad }, (_, row) => at(size - 2 - row));
  return tf.concat([...before, x, ...after], axis);
}

/**
 * Mirrors `pad` rows and columns at each side without repeating the edge; [B, H, W, C], `pad` below H and W.
 * Slices and concatenations stay in bfloat16 where MirrorPad would widen to float32 and back: a VGG with eleven
 * reflected convolutions takes 1.5 times as long with that kernel. Its gradient is TensorFlow's; stock tfjs has none.
 */
export function reflectPad(x: tf.Tensor4D, pad: number): tf.Tensor4D {
  const backend = tensorFlowBackend();
  if (!backend) return mirrored(mirrored(x, 1, pad), 2, pad);
  const attributes = [FLOAT, type('Tpaddings', DataType.INT32), text('mode', 'REFLECT')];
  const apply = tf.customGrad((input) => {
    const gradFunc = (dy: tf.Tensor): tf.Tensor => {
      const sizes = tf.tensor2d([0, 0, pad, pad, pad, pad, 0, 0], [4, 2], 'int32');
      return backend.executeSingleOutput('MirrorPadGrad', attributes, [dy, sizes]);
    };
    return { value: mirrored(mirrored(input as tf.Tensor4D, 1, pad), 2, pad), gradFunc };
  });
  return apply(x) as tf.Tensor4D;
}
