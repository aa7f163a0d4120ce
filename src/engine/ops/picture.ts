import * as tf from '@tensorflow/tfjs-core';
import { onProcessor, type TensorFlowBackend } from '../native/session.js';

/**
 * Positions in a line of the pictures that batch norm sees. oneDNN takes up to twice as long for few pictures of many
 * positions; of 4 to 1024 positions 16 is about the best in bf16 and fp32.
 */
const LINE = 16;

const pictures = new WeakMap<tf.Tensor, tf.Tensor4D>();

/** Any tensor of features as pictures of one short line, in the same memory: for ops that take each position alone. */
export function asPicture(backend: TensorFlowBackend, x: tf.Tensor): tf.Tensor4D {
  const channels = x.shape.at(-1)!;
  const positions = x.size / channels;
  const line = [LINE, LINE / 2, LINE / 4].find((length) => positions % length === 0);
  if (line !== undefined && onProcessor(backend)) return tf.reshape(x, [positions / line, 1, line, channels]);
  return x.rank === 4 ? (x as tf.Tensor4D) : tf.reshape(x, [x.shape[0]!, 1, -1, channels]);
}

/** The way back, which `pictureOf` remembers. */
export function likePicture(picture: tf.Tensor4D, shape: readonly number[]): tf.Tensor {
  const x = tf.reshape(picture, [...shape]);
  pictures.set(x, picture);
  return x;
}

/** The picture that `likePicture` made a tensor of: ops on it directly are what TensorFlow joins. */
export function pictureOf(x: tf.Tensor): tf.Tensor4D | undefined {
  const picture = pictures.get(x);
  return picture?.isDisposed ? undefined : picture;
}
