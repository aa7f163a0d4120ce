import * as tf from '@tensorflow/tfjs-core';
import { type Moments, moments } from '../../styletransfer/adain.js';
import { encodeStyle, type ParameterOf, stylize, stylizerForward } from '../../styletransfer/stylizer.js';
import {
  initialParameters,
  parameterShapes,
  type StylizerConfig,
} from '../../styletransfer/stylizer-config.js';
import { packStylizer } from '../../styletransfer/stylizer-weights.js';
import { type LossWeights, lossTargets, stylizerLosses } from './losses.js';
import type { PerceptualNetwork } from './perceptual.js';
import type { StyleTask } from './task.js';

export interface EmbeddedTaskOptions {
  readonly config: StylizerConfig;
  readonly seed: number;
  readonly perceptual: PerceptualNetwork;
  /** What the features of each style layer are multiplied with, so that layers weigh alike. */
  readonly scales: readonly number[];
  readonly weights: LossWeights;
}

/** The embedded stylizer, encoder and decoder trained together. */
export function embeddedTask({ config, seed, perceptual, scales, weights }: EmbeddedTaskOptions): StyleTask {
  const variables = new Map<string, tf.Variable>();
  const shapes = parameterShapes(config);
  for (const [name, values] of initialParameters(config, seed)) {
    variables.set(
      name,
      tf.tidy(() => tf.variable(tf.tensor(values, [...shapes.get(name)!]))),
    );
  }
  const trained: ParameterOf = (name) => variables.get(name)!;
  const scaled = (image: tf.Tensor4D): tf.Tensor4D[] =>
    perceptual.features(image).map((features, layer) => tf.mul(features, scales[layer]!));
  return {
    name: 'embedded',
    variables,
    targets: (content, style, alpha) => {
      const targets = lossTargets({ content, style }, scaled(content), scaled(style), alpha);
      return () => {
        const layers: Moments[] = [];
        // Nothing swapped: the style's statistics on the way, and at the end the style itself again.
        const copy = stylizerForward(trained, config, style, (x) => {
          layers.push(moments(x));
          return x;
        });
        const image = stylize(trained, config, content, layers, alpha);
        const identity = tf.mean(tf.squaredDifference(copy, style)) as tf.Scalar;
        return stylizerLosses(image, scaled(image), identity, targets, weights);
      };
    },
    paint: (content, style, alpha, values) => {
      const parameter: ParameterOf = (name) => values.get(name)!;
      return stylize(parameter, config, content, encodeStyle(parameter, config, style), alpha);
    },
    exported: (values) => packStylizer(config, values),
    dispose: () => tf.dispose([...variables.values()]),
  };
}
