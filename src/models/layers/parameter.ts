import type * as tf from '@tensorflow/tfjs-core';
import { CuemixError } from '../../core/errors.js';
import type { Init } from './init.js';
import type { Shape } from './shape.js';

/** Decides weight decay and what an optimizer may touch. `statistic` is never trained. */
export type Role = 'weight' | 'bias' | 'scale' | 'offset' | 'statistic';

/** How a parameter's axes map to PyTorch's: see `weights.ts`. */
export type Layout = 'conv' | 'depthwise' | 'linear' | 'vector';

export interface ParameterSpec {
  /** In the engine's layout: kernels `[...kernel, in, out]`, linear `[in, out]`. */
  readonly shape: Shape;
  readonly layout: Layout;
  readonly role: Role;
  readonly init: Init;
}

/** One named array of a network. It exists as a description first; `Model` gives it a variable. */
export class Parameter {
  readonly spec: ParameterSpec;
  /** The full PyTorch name; set when the network is named. */
  name = '';
  #variable: tf.Variable | undefined;

  constructor(spec: ParameterSpec) {
    this.spec = spec;
  }

  get size(): number {
    return this.spec.shape.reduce((product, extent) => product * extent, 1);
  }

  /** @throws CuemixError (E_UNINITIALISED) when the network was only described, not built. */
  get variable(): tf.Variable {
    if (this.#variable === undefined) {
      throw new CuemixError(
        'E_UNINITIALISED',
        `Expected a variable for ${this.name}: build the model before running it.`,
      );
    }
    return this.#variable;
  }

  /** Attaches the variable that holds this parameter's values. */
  attach(variable: tf.Variable): void {
    this.#variable = variable;
  }

  /** Frees the variable. */
  dispose(): void {
    this.#variable?.dispose();
    this.#variable = undefined;
  }
}
