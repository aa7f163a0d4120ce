import * as tf from '@tensorflow/tfjs-core';
import { DataType } from '../native/data-type.js';
import { tensorFlowBackend } from '../native/session.js';
import { type } from './attributes.js';

/**
 * Uploads bytes as they are, one byte a value where the engine has bytes (int32 elsewhere): for {@link widenBytes}, best
 * inside a compiled function.
 */
export function byteTensor<R extends tf.Rank>(data: Uint8Array, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const backend = tensorFlowBackend();
  if (!backend) return tf.tensor(Int32Array.from(data), shape, 'int32');
  const id = backend.binding.createTensor(shape as number[], DataType.UINT8, data);
  return backend.createOutputTensor({ id, shape: [...shape], dtype: DataType.UINT8 }) as tf.Tensor<R>;
}

/** What {@link byteTensor} uploaded, as float32: 0 to 255. */
export function widenBytes<T extends tf.Tensor>(bytes: T): T {
  const backend = tensorFlowBackend();
  if (!backend) return tf.cast(bytes, 'float32');
  const attributes = [type('SrcT', DataType.UINT8), type('DstT', DataType.FLOAT)];
  return backend.executeSingleOutput('Cast', attributes, [bytes]) as T;
}

/** Uploads bytes and widens them to float32 (0 to 255) on the device: a quarter of the copying. */
export function uint8Tensor<R extends tf.Rank>(data: Uint8Array, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const bytes = byteTensor<R>(data, shape);
  try {
    return widenBytes(bytes);
  } finally {
    bytes.dispose();
  }
}

/**
 * Values in [0, 1] as whole numbers 0 to 255, rounded, out-of-range values clipped. Reading the result copies one
 * byte per value where the engine has bytes.
 */
export function toBytes(x: tf.Tensor): tf.Tensor {
  const scaled = tf.round(tf.mul(tf.clipByValue(x, 0, 1), 255));
  const backend = tensorFlowBackend();
  if (!backend) return tf.cast(scaled, 'int32');
  return backend.executeSingleOutput(
    'Cast',
    [type('SrcT', DataType.FLOAT), type('DstT', DataType.UINT8)],
    [scaled],
  );
}
