import * as tf from '@tensorflow/tfjs-core';
import type { Parameter } from '../models/layers/parameter.js';
import { tensorAlgebra } from './algebra.js';
import type { Network } from './network.js';
import {
  type AdamOptions,
  adamRule,
  adamwRule,
  lambRule,
  type RmsPropOptions,
  type Rule,
  rmsPropRule,
  type SgdOptions,
  sgdRule,
} from './rules.js';

/** Settings that may differ from parameter to parameter. */
export interface GroupOptions {
  /** Weight decay of all parameters, or of each. Default 0. */
  readonly weightDecay?: number | ((parameter: Parameter) => number);
  /** Factor on the learning rate, per parameter; 0 freezes it. Default 1. */
  readonly rateScale?: (parameter: Parameter) => number;
}

/**
 * Changes a model's variables by their gradients. The memory of the rule lives in variables made at construction, so
 * a compiled step sees them all; the learning rate comes as a tensor, so it is not frozen. Who makes it disposes it.
 */
export class Optimizer {
  readonly rule: Rule;
  /** The rule's memory: `<slot>:<parameter>`, in the parameter's layout, and `step`, one number. */
  readonly state: ReadonlyMap<string, tf.Variable>;
  readonly #targets: readonly Target[];
  readonly #step: tf.Variable;

  constructor(model: Network, rule: Rule, options: GroupOptions = {}) {
    this.rule = rule;
    const { weightDecay = 0, rateScale = () => 1 } = options;
    this.#targets = [...model.parameters]
      .filter(([, parameter]) => parameter.spec.role !== 'statistic')
      .map(([name, parameter]) => ({
        name,
        parameter,
        weightDecay: typeof weightDecay === 'number' ? weightDecay : weightDecay(parameter),
        rateScale: rateScale(parameter),
      }));
    this.#step = zeroVariable([]);
    const slots = this.#targets.flatMap(({ name, parameter }) =>
      rule.slots.map((slot): [string, tf.Variable] => [
        `${slot}:${name}`,
        zeroVariable(parameter.spec.shape),
      ]),
    );
    this.state = new Map([['step', this.#step], ...slots]);
  }

  /**
   * One step. Parameters without a gradient, or with rate scale 0, keep value and memory, as in PyTorch.
   * @param gradients by parameter name, in the engine's layout
   */
  update(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: tf.Scalar): void {
    tf.tidy(() => {
      this.#step.assign(tf.add(this.#step, 1));
      for (const target of this.#targets) {
        const gradient = gradients.get(target.name);
        if (gradient !== undefined && target.rateScale !== 0) this.#updateOne(target, gradient, learningRate);
      }
    });
  }

  #updateOne(
    { name, parameter, weightDecay, rateScale }: Target,
    gradient: tf.Tensor,
    rate: tf.Scalar,
  ): void {
    const variables = this.rule.slots.map((slot) => [slot, this.state.get(`${slot}:${name}`)!] as const);
    const next = this.rule.update<tf.Tensor>(tensorAlgebra, {
      weight: parameter.variable,
      gradient,
      slots: Object.fromEntries(variables),
      learningRate: rateScale === 1 ? rate : tf.mul(rate, rateScale),
      step: this.#step,
      weightDecay,
    });
    parameter.variable.assign(next.weight);
    for (const [slot, variable] of variables) variable.assign(next.slots[slot]!);
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}

interface Target {
  readonly name: string;
  readonly parameter: Parameter;
  readonly weightDecay: number;
  readonly rateScale: number;
}

function zeroVariable(shape: readonly number[]): tf.Variable {
  const start = tf.zeros([...shape]);
  const variable = tf.variable(start, false);
  start.dispose();
  return variable;
}

/** PyTorch's SGD. @example sgd(model, { momentum: 0.9, weightDecay: 1e-4 }) */
export function sgd(model: Network, options: SgdOptions & GroupOptions = {}): Optimizer {
  return new Optimizer(model, sgdRule(options), options);
}

/** RMSProp as in AtomNAS. */
export function rmsProp(model: Network, options: RmsPropOptions & GroupOptions = {}): Optimizer {
  return new Optimizer(model, rmsPropRule(options), options);
}

/** Adam; its decay is L2, added to the gradient. */
export function adam(model: Network, options: AdamOptions & GroupOptions = {}): Optimizer {
  return new Optimizer(model, adamRule(options), options);
}

/** AdamW; its decay acts on the weight. */
export function adamw(model: Network, options: AdamOptions & GroupOptions = {}): Optimizer {
  return new Optimizer(model, adamwRule(options), options);
}

/** LAMB. */
export function lamb(model: Network, options: AdamOptions & GroupOptions = {}): Optimizer {
  return new Optimizer(model, lambRule(options), options);
}

/** Decay for convolution and linear kernels only: norms and biases are left alone. */
export function kernelsOnly(weightDecay: number): (parameter: Parameter) => number {
  return ({ spec }) => (spec.role === 'weight' && spec.shape.length > 1 ? weightDecay : 0);
}
