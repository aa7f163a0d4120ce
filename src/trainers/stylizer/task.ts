import type * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../../core/rng.js';
import type { NamedArray } from '../../io/tensors/safetensors.js';
import type { Losses } from './losses.js';

/** A network under training and its loss; the loop around it does not know which path it is of. */
export interface StyleTask {
  readonly name: 'embedded' | 'vgg-decoder';
  /** What is trained, by its name in the checkpoint. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** Sets what is drawn anew for a step, and what a preview is painted with. */
  beforeStep?(rng: Rng): void;
  beforePaint?(): void;
  /** Computed before the gradient's forward pass, without gradients. `alpha`: one per picture, or 1 for all. */
  targets(content: tf.Tensor4D, style: tf.Tensor4D, alpha: tf.Tensor4D | 1): LossOf;
  /** Result for a preview, with other values for the variables. */
  paint(
    content: tf.Tensor4D,
    style: tf.Tensor4D,
    alpha: number,
    values: ReadonlyMap<string, tf.Tensor>,
  ): tf.Tensor4D;
  /** The weights file: arrays by their public names, and its metadata. */
  exported(values: ReadonlyMap<string, Float32Array>): {
    tensors: ReadonlyMap<string, NamedArray>;
    metadata: ReadonlyMap<string, string>;
  };
  dispose(): void;
}

/** The loss as a function of the variables: everything that they do not influence is computed already. */
export type LossOf = () => Losses;
