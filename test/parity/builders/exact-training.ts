import type { Route, Shape } from '../../../src/models/index.js';
import { type Model, toTorch } from '../../../src/models/index.js';
import { numberAlgebra, type Rule } from '../../../src/trainers/index.js';
import { Reference } from '../../reference/run.js';
import type { Value } from '../../reference/tape.js';

export interface ExactStep {
  /** Channels last. */
  readonly x: { readonly shape: Shape; readonly data: ArrayLike<number> };
  /** Soft labels `[rows, classes]`. */
  readonly target: ArrayLike<number>;
}

export interface ExactOptions {
  readonly rule: Rule;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly route: Route;
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

/** The model's network, trained in float64 from the values that the model holds now. */
export function trainExactly(
  model: Model,
  steps: readonly ExactStep[],
  { rule, learningRate, weightDecay, route }: ExactOptions,
): () => ReadonlyMap<string, ArrayLike<number>> {
  const reference = new Reference(model.network, (_, { variable }) => variable.dataSync());
  const parameters = new Map(model.parameters);
  return () => {
    const slots = new Map<string, Readonly<Record<string, Float64Array>>>();
    const losses = steps.map(({ x, target }, step) => {
      const found: number[] = [];
      reference.run(x, { training: true, route }, (output) => {
        const { loss, slope } = crossEntropy(output, target);
        found.push(loss);
        return slope;
      });
      for (const [name, { data, grad }] of reference.parameters) {
        if (parameters.get(name)!.spec.role === 'statistic') continue;
        const empty = Object.fromEntries(rule.slots.map((slot) => [slot, new Float64Array(data.length)]));
        const next = rule.update(numberAlgebra, {
          weight: data,
          gradient: grad,
          slots: slots.get(name) ?? empty,
          learningRate: Float64Array.of(learningRate),
          step: Float64Array.of(step + 1),
          weightDecay,
        });
        data.set(next.weight);
        slots.set(name, next.slots);
      }
      return found[0]!;
    });
    const outputs = new Map<string, ArrayLike<number>>([['losses', losses]]);
    for (const [name, { data }] of reference.parameters) {
      outputs.set(`after:${name}`, toTorch(parameters.get(name)!, Float32Array.from(data)).data);
    }
    return outputs;
  };
}
