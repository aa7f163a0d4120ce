import * as tf from '@tensorflow/tfjs-core';
import type { z } from 'zod';
import { UsageError } from '../core/errors.js';
import { Rng } from '../core/rng.js';
import type { Counting } from './count.js';
import { draw } from './layers/init.js';
import { type Module, nameParameters } from './layers/module.js';
import type { Parameter } from './layers/parameter.js';
import type { Shape } from './layers/shape.js';
import { TensorOps, type TensorOpsOptions } from './layers/tensor-ops.js';

/** JSON that rebuilds a network: its family and the family's options, defaults filled in. */
export interface ModelConfig {
  readonly family: string;
  readonly options: unknown;
}

/** One kind of network: what options it takes and how it is put together. */
export interface Family<S extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly schema: S;
  /** The network as a description, without any tensor. */
  build(options: z.output<S>): Module;
  /** Shape of one usual input, without the batch: `[...space, channels]`. */
  inputShape(options: z.output<S>): Shape;
  /** How the papers count this family's multiply-accumulates. */
  readonly counting: Counting;
}

export interface BuildOptions {
  /** Decides the initial weights; default 0. */
  readonly seed?: number | string;
}

/** A network with its variables. Needs an open engine. Who builds a model disposes it. */
export class Model {
  readonly config: ModelConfig;
  readonly network: Module;
  /** Shape of one usual input, without the batch. */
  readonly inputShape: Shape;
  /** Every parameter by its full PyTorch name, in the order of a state dict. */
  readonly parameters: ReadonlyMap<string, Parameter>;

  constructor(config: ModelConfig, network: Module, inputShape: Shape, options: BuildOptions = {}) {
    this.config = config;
    this.network = nameParameters(network);
    this.inputShape = inputShape;
    this.parameters = new Map(network.parameters());
    const rng = Rng.of(options.seed ?? 0);
    for (const [name, parameter] of this.parameters) {
      const { shape, init, role } = parameter.spec;
      const values = draw(init, parameter.size, rng.at('init', name));
      const start = tf.tensor(values, [...shape]);
      parameter.attach(tf.variable(start, role !== 'statistic'));
      start.dispose();
    }
  }

  /** All variables, batch statistics included, by name; in the engine's layout. */
  get variables(): ReadonlyMap<string, tf.Variable> {
    return new Map([...this.parameters].map(([name, parameter]) => [name, parameter.variable]));
  }

  /** The variables that an optimizer trains. */
  get trainable(): ReadonlyMap<string, tf.Variable> {
    const trained = [...this.parameters].filter(([, parameter]) => parameter.spec.role !== 'statistic');
    return new Map(trained.map(([name, parameter]) => [name, parameter.variable]));
  }

  /**
   * The network's output for `[batch, ...space, channels]`: logits `[batch, classes]`, or `[batch, ...space, classes]`
   * for segmentation. With `training` it also moves the running statistics of the route.
   */
  apply(x: tf.Tensor, options: TensorOpsOptions = {}): tf.Tensor {
    return tf.tidy(() => this.network.apply(new TensorOps(options), x));
  }

  /** Frees every variable. */
  dispose(): void {
    for (const parameter of this.parameters.values()) parameter.dispose();
  }
}

/** Checks options against the family's schema; the error names the option. */
export function parseOptions<S extends z.ZodType>(family: Family<S>, options: unknown): z.output<S> {
  const parsed = family.schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = [family.name, ...(issue?.path ?? [])].join('.');
  throw new UsageError(`Model option ${path}: ${issue?.message ?? 'invalid'}.`);
}

/** Builds a network of `family` and its variables. @throws UsageError for options that the family does not know. */
export function createModel<S extends z.ZodType>(
  family: Family<S>,
  options: z.input<S>,
  build?: BuildOptions,
): Model {
  const parsed = parseOptions(family, options);
  const config = { family: family.name, options: parsed };
  return new Model(config, family.build(parsed), family.inputShape(parsed), build);
}
