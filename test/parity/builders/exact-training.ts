import type { Route, Shape } from '../../../src/models/index.js';
import { type Model, toTorch } from '../../../src/models/index.js';
import { numberAlgebra, type Rule } from '../../../src/trainers/index.js';
import { Reference } from '../../reference/run.js';
import type { Value } from '../../reference/tape.js';
import { unit } from '../procedural.js';

/** Some of a step's pictures, channels last, which go through the network together. */
export interface ExactView {
  readonly x: { readonly shape: Shape; readonly data: ArrayLike<number> };
  /** Soft labels `[rows, classes]`. */
  readonly target: ArrayLike<number>;
  readonly route: Route;
}

/** The views whose rows one update of the weights averages over. */
export type ExactStep = readonly ExactView[];

export interface ExactOptions {
  readonly rule: Rule;
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** Mean soft cross-entropy and its slope. */
function crossEntropy(
  { shape, data }: Value,
  target: ArrayLike<number>,
): { loss: number; slope: Float64Array } {
  const [rows, classes] = shape as [number, number];
  const slope = new Float64Array(data.length);
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const logits = data.subarray(row * classes, (row + 1) * classes);
    const highest = Math.max(...logits);
    const total = Math.log(logits.reduce((sum, value) => sum + Math.exp(value - highest), 0)) + highest;
    logits.forEach((logit, k) => {
      const wanted = target[row * classes + k]!;
      loss -= (wanted * (logit - total)) / rows;
      slope[row * classes + k] = (Math.exp(logit - total) - wanted) / rows;
    });
  }
  return { loss, slope };
}

/** The loss of a step; its gradients are added up in `gradients`. */
function differentiate(
  reference: Reference,
  step: ExactStep,
  gradients: ReadonlyMap<string, Float64Array>,
): number {
  const rows = step.reduce((sum, { x }) => sum + x.shape[0]!, 0);
  return step.reduce((total, { x, target, route }) => {
    const share = x.shape[0]! / rows;
    let mean = 0;
    reference.run(x, { training: true, route }, (output) => {
      const { loss, slope } = crossEntropy(output, target);
      mean = loss;
      return slope;
    });
    for (const [name, { grad }] of reference.parameters) {
      const sum = gradients.get(name)!;
      grad.forEach((value, i) => {
        sum[i]! += share * value;
      });
    }
    return total + share * mean;
  }, 0);
}

/**
 * The model's network, trained in float64 by `steps` from the values that the model holds now: losses and weights.
 * `evaluated`: pictures whose logits in evaluation mode afterwards are added as `logits_eval_clean`. `shaken`: see
 * `Outcome.exact`.
 */
export function trainExactly(
  model: Model,
  steps: () => readonly ExactStep[],
  { rule, learningRate, weightDecay }: ExactOptions,
  evaluated?: ExactView['x'],
): (shaken?: number) => ReadonlyMap<string, ArrayLike<number>> {
  const reference = new Reference(model.network, (_, { variable }) => variable.dataSync());
  const parameters = new Map(model.parameters);
  const begin = new Map([...reference.parameters].map(([name, { data }]) => [name, data.slice()]));
  return (shaken = 0) => {
    for (const [name, { data }] of reference.parameters) {
      const noise = unit(name, data.length);
      data.set(begin.get(name)!.map((value, i) => value * (1 + shaken * noise[i]!)));
    }
    const slots = new Map<string, Readonly<Record<string, Float64Array>>>();
    const losses = steps().map((views, step) => {
      const empty = ({ data }: Value) => new Float64Array(data.length);
      const gradients = new Map([...reference.parameters].map(([name, value]) => [name, empty(value)]));
      const loss = differentiate(reference, views, gradients);
      for (const [name, value] of reference.parameters) {
        if (parameters.get(name)!.spec.role === 'statistic') continue;
        const next = rule.update(numberAlgebra, {
          weight: value.data,
          gradient: gradients.get(name)!,
          slots: slots.get(name) ?? Object.fromEntries(rule.slots.map((slot) => [slot, empty(value)])),
          learningRate: Float64Array.of(learningRate),
          step: Float64Array.of(step + 1),
          weightDecay,
        });
        value.data.set(next.weight);
        slots.set(name, next.slots);
      }
      return loss;
    });
    const outputs = new Map<string, ArrayLike<number>>([['losses', losses]]);
    for (const [name, { data }] of reference.parameters) {
      outputs.set(`after:${name}`, toTorch(parameters.get(name)!, Float32Array.from(data)).data);
    }
    if (evaluated !== undefined) outputs.set('logits_eval_clean', reference.run(evaluated).output.data);
    return outputs;
  };
}
