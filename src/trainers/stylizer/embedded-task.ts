import * as tf from '@tensorflow/tfjs-core';
import type { TensorFile } from '../../io/tensors/safetensors.js';
import type { ParameterOf } from '../../styletransfer/network/parameters.js';
import { encodeStyle, readStyle, stylize } from '../../styletransfer/network/stylizer.js';
import { parameterShapes, type StylizerConfig } from '../../styletransfer/network/stylizer-config.js';
import { drawNoise } from '../../styletransfer/network/stylizer-noise.js';
import { packStylizer } from '../../styletransfer/network/stylizer-weights.js';
import { type LossWeights, lossTargets, stylizerLosses } from './losses.js';
import type { PerceptualNetwork } from './perceptual.js';
import { startParameters } from './start.js';
import type { StyleTask } from './task.js';

export interface EmbeddedTaskOptions {
  readonly config: StylizerConfig;
  readonly seed: number;
  /** Parameters to start from where their shapes fit, such as those of a smaller network; random without. */
  readonly start?: TensorFile;
  readonly perceptual: PerceptualNetwork;
  /** What the features of each style layer are multiplied with, so that layers weigh alike. */
  readonly scales: readonly number[];
  readonly weights: LossWeights;
}

/** The parameter that nothing trains. */
const NOISE = 'noise';

/** The embedded stylizer, encoder and decoder trained together. */
export function embeddedTask(options: EmbeddedTaskOptions): StyleTask {
  const { config, seed, perceptual, scales, weights } = options;
  const variables = new Map<string, tf.Variable>();
  const shapes = parameterShapes(config);
  const initial = startParameters(config, seed, options.start);
  const made = (name: string, trainable: boolean): tf.Variable =>
    tf.tidy(() => tf.variable(tf.tensor(initial.get(name)!, [...shapes.get(name)!]), trainable));
  for (const name of initial.keys()) if (name !== NOISE) variables.set(name, made(name, true));
  const noise = made(NOISE, false);
  const parameterOf =
    (values: ReadonlyMap<string, tf.Tensor>): ParameterOf =>
    (name) =>
      name === NOISE ? noise : values.get(name)!;
  const drawn = (values: Float32Array): void => tf.tidy(() => noise.assign(tf.tensor(values, noise.shape)));
  const scaled = (image: tf.Tensor4D): tf.Tensor4D[] =>
    perceptual.features(image).map((features, layer) => tf.mul(features, scales[layer]!));
  return {
    name: 'embedded',
    variables,
    // Other noise at every step: what is learned must not depend on a grain's place.
    beforeStep: (rng) => drawn(drawNoise(rng.at(NOISE))),
    beforePaint: () => drawn(initial.get(NOISE)!),
    targets: (content, style, alpha) => {
      const both = scaled(tf.concat([content, style]));
      const [ofContent, ofStyle] = [0, 1].map((half) =>
        both.map((features) => tf.split(features, 2, 0)[half] as tf.Tensor4D),
      ) as [tf.Tensor4D[], tf.Tensor4D[]];
      const targets = lossTargets({ content, style }, ofContent, ofStyle, alpha);
      return () => {
        const trained = parameterOf(variables);
        const { statistics, copy } = readStyle(trained, config, style);
        const image = stylize(trained, config, content, statistics, alpha);
        const identity = tf.mean(tf.squaredDifference(copy, style)) as tf.Scalar;
        return stylizerLosses(image, scaled(image), identity, targets, weights);
      };
    },
    paint: (content, style, alpha, values) => {
      const parameter = parameterOf(values);
      const strength = alpha === 1 ? 1 : tf.scalar(alpha);
      return stylize(parameter, config, content, encodeStyle(parameter, config, style), strength);
    },
    exported: (values) => packStylizer(config, new Map([...values, [NOISE, initial.get(NOISE)!]])),
    dispose: () => tf.dispose([...variables.values(), noise]),
  };
}
