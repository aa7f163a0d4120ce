import * as tf from '@tensorflow/tfjs-core';
import { DataType } from '../native/data-type.js';
import { tensorFlowBackend } from '../native/session.js';
import { type } from './attributes.js';

/** Uploads bytes and widens them to float32 (0 to 255) on the device: a quarter of the copying. */
export function uint8Tensor<R extends tf.Rank>(data: Uint8Array, shape: tf.ShapeMap[R]): tf.Tensor<R> {
  const backend = tensorFlowBackend();
  if (!backend) return tf.tensor(Float32Array.from(data), shape);
  const { binding } = backend;
  const id = binding.createTensor(shape as number[], DataType.UINT8, data);
  try {
    const attributes = [type('SrcT', DataType.UINT8), type('DstT', DataType.FLOAT)];
    const [cast] = binding.executeOp('Cast', attributes, [id], 1);
    return backend.createOutputTensor(cast!) as tf.Tensor<R>;
  } finally {
    binding.deleteTensor(id);
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
