import * as tf from '@tensorflow/tfjs-core';
import { CheckpointError } from '../../core/errors.js';
import { relu } from '../../engine/ops.js';
import { toFloat32 } from '../../io/tensors/float.js';
import type { TensorFile } from '../../io/tensors/safetensors.js';

/** VGG-16 as far as conv4_1; `pool` halves the side. */
const LAYERS = ['1_1', '1_2', 'pool', '2_1', '2_2', 'pool', '3_1', '3_2', '3_3', 'pool', '4_1'] as const;

/** The layers whose statistics describe style; the last one also describes content. */
export const STYLE_LAYERS = ['1_1', '2_1', '3_1', '4_1'] as const;

/** Means of red, green and blue, 0 to 255, that the network expects to be subtracted. */
const MEANS = [122.67892, 116.66877, 104.00699];

/** A fixed network that tells how alike two pictures look. Its weights are variables that nothing trains. */
export interface PerceptualNetwork {
  /** ReLU'd features of `STYLE_LAYERS` of pictures `[B, H, W, 3]` in 0..1, red first. */
  features(image: tf.Tensor4D): tf.Tensor4D[];
  dispose(): void;
}

/** Kernels come as `[out, in, height, width]`; TensorFlow wants `[height, width, in, out]`. */
function kernel(name: string, file: TensorFile): tf.Tensor4D {
  const array = file.tensors.get(`${name}.weight`);
  if (array?.shape.length !== 4) {
    throw new CheckpointError(
      'E_WEIGHTS',
      `Expected a convolution ${name}.weight in the perceptual weights; it is missing.`,
    );
  }
  const official = tf.tensor4d(toFloat32(array), array.shape as [number, number, number, number]);
  const ours = tf.transpose(official, [2, 3, 1, 0]);
  // The first layer was trained on blue, green, red from 0 to 255.
  return name === 'conv1_1' ? tf.mul(tf.reverse(ours, 2), 255) : ours;
}

/** Builds the network from a file with `conv1_1.weight` … `conv4_1.bias` (VGG-16 names, BGR, means subtracted). */
export function perceptualNetwork(file: TensorFile): PerceptualNetwork {
  const weights = new Map<string, { kernel: tf.Variable; bias: tf.Variable }>();
  for (const layer of LAYERS) {
    if (layer === 'pool') continue;
    const name = `conv${layer}`;
    const bias = file.tensors.get(`${name}.bias`);
    if (!bias)
      throw new CheckpointError(
        'E_WEIGHTS',
        `Expected ${name}.bias in the perceptual weights; it is missing.`,
      );
    const variables = tf.tidy(() => ({
      kernel: tf.variable(kernel(name, file), false),
      bias: tf.variable(tf.tensor1d(toFloat32(bias)), false),
    }));
    weights.set(layer, variables);
  }
  return {
    features: (image) => {
      const taps: tf.Tensor4D[] = [];
      let x: tf.Tensor4D = tf.sub(image, tf.tensor1d(MEANS.map((mean) => mean / 255)));
      for (const layer of LAYERS) {
        if (layer === 'pool') {
          x = tf.maxPool(x, 2, 2, 'same');
          continue;
        }
        const { kernel: filter, bias } = weights.get(layer)!;
        x = relu(tf.add(tf.conv2d(x, filter as tf.Tensor as tf.Tensor4D, 1, 'same'), bias) as tf.Tensor4D);
        if ((STYLE_LAYERS as readonly string[]).includes(layer)) taps.push(x);
      }
      return taps;
    },
    dispose: () => {
      for (const { kernel: filter, bias } of weights.values()) tf.dispose([filter, bias]);
    },
  };
}
