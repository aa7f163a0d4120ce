import * as tf from '@tensorflow/tfjs-core';
import { float32 } from '../../engine/index.js';

/** What changes from step to step, as scalars that a compiled step takes as inputs. */
export interface AdamInputs {
  readonly rate: tf.Tensor;
  /** `1 / (1 - beta1^t)` and `1 / (1 - beta2^t)` at step t, counted from 1. */
  readonly correction1: tf.Tensor;
  readonly correction2: tf.Tensor;
  /** Share of the average of weights that survives this step. */
  readonly decay: tf.Tensor;
}

const BETA1 = 0.9;
const BETA2 = 0.99;
const EPSILON = 1e-8;
/** Gradients longer than this, all parameters together, are scaled down to it. */
const MAX_NORM = 5;
const AVERAGE_DECAY = 0.999;

/** The four numbers of step `step` (from 0) at learning rate `rate`. */
export function adamNumbers(step: number, rate: number): [number, number, number, number] {
  const t = step + 1;
  return [rate, 1 / (1 - BETA1 ** t), 1 / (1 - BETA2 ** t), Math.min(AVERAGE_DECAY, (1 + t) / (10 + t))];
}

/** Adam (arXiv 1412.6980) with an exponential moving average of the weights, as variables of one compiled step. */
export class Adam {
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** First and second moments and averaged weights, by the variable's name. */
  readonly slots: ReadonlyMap<'first' | 'second' | 'average', ReadonlyMap<string, tf.Variable>>;

  constructor(variables: ReadonlyMap<string, tf.Variable>) {
    this.variables = variables;
    const copies = (zero: boolean): ReadonlyMap<string, tf.Variable> =>
      new Map(
        [...variables].map(([name, variable]) => [
          name,
          tf.tidy(() => tf.variable(zero ? tf.zerosLike(variable) : tf.clone(variable), false)),
        ]),
      );
    this.slots = new Map([
      ['first', copies(true)],
      ['second', copies(true)],
      ['average', copies(false)],
    ]);
  }

  /** Moves every variable; returns the length of the gradient before clipping. */
  apply(gradients: Readonly<Record<string, tf.Tensor>>, inputs: AdamInputs): tf.Scalar {
    const exact = new Map(Object.entries(gradients).map(([name, gradient]) => [name, float32(gradient)]));
    const squares = [...exact.values()].map((gradient) => tf.sum(tf.square(gradient)));
    const norm = tf.sqrt(tf.addN(squares)) as tf.Scalar;
    const scale = tf.minimum(1, tf.div(MAX_NORM, tf.add(norm, EPSILON)));
    for (const [name, variable] of this.variables) {
      const raw = exact.get(variable.name);
      if (!raw) continue;
      const gradient = tf.mul(raw, scale);
      const first = this.slots.get('first')!.get(name)!;
      const second = this.slots.get('second')!.get(name)!;
      const average = this.slots.get('average')!.get(name)!;
      first.assign(tf.add(tf.mul(first, BETA1), tf.mul(gradient, 1 - BETA1)));
      second.assign(tf.add(tf.mul(second, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
      const pace = tf.add(tf.sqrt(tf.mul(second, inputs.correction2)), EPSILON);
      const change = tf.mul(tf.div(tf.mul(first, inputs.correction1), pace), inputs.rate);
      variable.assign(tf.sub(variable, change));
      average.assign(tf.add(variable, tf.mul(tf.sub(average, variable), inputs.decay)));
    }
    return norm;
  }

  dispose(): void {
    for (const slot of this.slots.values()) tf.dispose([...slot.values()]);
  }
}
