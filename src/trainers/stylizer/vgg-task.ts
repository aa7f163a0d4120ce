import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '../../core/rng.js';
import { adain, moments } from '../../styletransfer/network/adain.js';
import type { ParameterOf } from '../../styletransfer/network/parameters.js';
import { vggDecode, vggEncode, vggFeatures, vggShapes } from '../../styletransfer/network/vgg.js';
import { packVgg } from '../../styletransfer/network/vgg-weights.js';
import { blendMoments, momentsDistance } from './losses.js';
import type { LossOf, StyleTask } from './task.js';

/** arXiv 1703.06868, equation 11: weight of the style. */
const STYLE_WEIGHT = 10;

/**
 * The loss of arXiv 1703.06868 for a decoder: distance of the result's relu4_1 from the AdaIN features that it was
 * decoded from, plus ten times the distance of means and deviations at four layers.
 */
export function paperLosses(
  parameter: ParameterOf,
  content: tf.Tensor4D,
  style: tf.Tensor4D,
  alpha: tf.Tensor | 1,
): LossOf {
  const wanted = vggFeatures(parameter, style).map((features) => moments(features));
  const features = vggEncode(parameter, content);
  const target = adain(features, blendMoments(moments(features), wanted.at(-1)!, alpha));
  return () => {
    const result = vggFeatures(parameter, vggDecode(parameter, target));
    const contentLoss = tf.mean(tf.squaredDifference(result.at(-1)!, target)) as tf.Scalar;
    const styleLoss = result
      .map((layer, index) => tf.mean(momentsDistance(moments(layer), wanted[index]!)))
      .reduce((sum, part) => tf.add(sum, part)) as tf.Scalar;
    const total = tf.add(contentLoss, tf.mul(styleLoss, STYLE_WEIGHT)) as tf.Scalar;
    return { total, content: contentLoss, style: styleLoss, gram: tf.scalar(0), identity: tf.scalar(0) };
  };
}

/** He-normal kernels and zero biases for a decoder. */
function initialDecoder(seed: number): Map<string, tf.Variable> {
  const variables = new Map<string, tf.Variable>();
  for (const [name, shape] of vggShapes('decoder')) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const rng = Rng.of(seed).at('decoder', name);
    const deviation = shape.length === 4 ? Math.sqrt(2 / (shape[0]! * shape[1]! * shape[2]!)) : 0;
    const values = Float32Array.from({ length: size }, () =>
      deviation === 0 ? 0 : rng.normal(0, deviation),
    );
    variables.set(
      name,
      tf.tidy(() => tf.variable(tf.tensor(values, [...shape]))),
    );
  }
  return variables;
}

/** Trains the decoder of the VGG path for an encoder (parameters `vgg.*` in TensorFlow's layout). */
export function vggDecoderTask(encoder: ReadonlyMap<string, Float32Array>, seed: number): StyleTask {
  const shapes = vggShapes('vgg');
  const fixed = new Map<string, tf.Variable>();
  for (const [name, values] of encoder) {
    fixed.set(
      name,
      tf.tidy(() => tf.variable(tf.tensor(values, [...shapes.get(name)!]), false)),
    );
  }
  const variables = initialDecoder(seed);
  const parameterOf =
    (values: ReadonlyMap<string, tf.Tensor>): ParameterOf =>
    (name) =>
      fixed.get(name) ?? values.get(name)!;
  return {
    name: 'vgg-decoder',
    variables,
    targets: (content, style, alpha) => paperLosses(parameterOf(variables), content, style, alpha),
    paint: (content, style, alpha, values) => {
      const parameter = parameterOf(values);
      const features = adain(vggEncode(parameter, content), moments(vggEncode(parameter, style)), alpha);
      const [, height, width] = content.shape;
      return tf.slice(vggDecode(parameter, features), [0, 0, 0, 0], [content.shape[0], height, width, 3]);
    },
    exported: (values) => ({ tensors: packVgg('decoder', values), metadata: new Map() }),
    dispose: () => tf.dispose([...fixed.values(), ...variables.values()]),
  };
}
