import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../../core/batch.js';
import {
  allReduceMean,
  allReduceMeans,
  type Compiled,
  compile,
  float32,
  type Precision,
  worldSize,
} from '../../engine/index.js';
import type { WeightAverage } from '../ema.js';
import { clipByGlobalNorm, GradientAccumulator, gradientsOf } from '../gradient.js';
import type { Network } from '../network.js';
import type { Optimizer } from '../optimizer.js';
import type { Objective } from '../tasks/task.js';
import type { Hook } from './hooks.js';

/** One view of a part of a batch, ready for the network. */
export interface StepView {
  /** Normalised, `[rows, ...space, channels]`. */
  readonly x: tf.Tensor;
  /** Dense, as the objective's loss takes it. */
  readonly target: tf.Tensor;
  readonly route: Batch['route'];
}

/** Numbers of one step. They reach the compiled step as tensors, so that they are not frozen in it. */
export interface StepNumbers {
  readonly rate: number;
  /** Decay of the moving average at this update. */
  readonly decay: number;
  /** Two int32 numbers that decide this step's dropout. */
  readonly seed: readonly [number, number];
  /** By hook, by name. */
  readonly hooks: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface StepResult {
  /** Mean over all rows of all views, without penalties. */
  readonly loss: number;
  /** Share of the main views' rows that were predicted right. */
  readonly accuracy: number;
  readonly penalty: number;
}

export interface StepOptions {
  readonly model: Network;
  readonly optimizer: Optimizer;
  readonly objective: Objective;
  readonly precision?: Precision;
  readonly average?: WeightAverage;
  /** Largest norm of all gradients together. */
  readonly clip?: number;
  /** Parts of the names of parameters that are left alone. */
  readonly frozen?: readonly string[];
  /** Whether batch statistics are those of all processes that train together. */
  readonly synchronised?: boolean;
  readonly hooks?: readonly Hook[];
}

/** The step of a training: loss of all views, gradients, one update. Recorded once per set of shapes. */
export interface TrainingStep {
  /** `parts`: the views of each part of the batch; several parts act like one big batch. */
  run(parts: readonly (readonly StepView[])[], numbers: StepNumbers): Promise<StepResult>;
  /** What it computes in, once that is decided. */
  readonly precision: 'fp32' | 'bf16' | undefined;
  dispose(): void;
}

/** Loss, accuracy, penalty. */
type Outcome = [tf.Scalar, tf.Scalar, tf.Scalar];
type Gradients = ReadonlyMap<string, tf.Tensor>;

/**
 * Builds the step. Loss: the mean over all rows of all views (arXiv 2010.05981, eq. 2); views go through the network one
 * by one, each with the batch statistics of its route.
 */
export function trainingStep(options: StepOptions): TrainingStep {
  const { model, optimizer, objective, average, clip, frozen = [], hooks = [], precision = 'fp32' } = options;
  const synchronised = options.synchronised === true && worldSize() > 1;
  const numberNames = hooks.flatMap((hook) => hookNumbers(hook).map((key) => ({ hook: hook.name, key })));
  const steps = new Map<string, Compiled<tf.Tensor[]>>();
  let sums: GradientAccumulator | undefined;

  /** Inputs of every compiled function, in this order: rate, decay, seed, hook numbers, then x and target per view. */
  const fixed = 3 + numberNames.length;
  const penaltyOf = (numbers: readonly tf.Tensor[]): tf.Scalar | undefined => {
    const parts = hooks.flatMap((hook) => {
      const own = numberNames.flatMap(({ hook: name, key }, at) =>
        name === hook.name ? [[key, numbers[at] as tf.Scalar] as const] : [],
      );
      return hook.penalty ? [hook.penalty(model, Object.fromEntries(own))] : [];
    });
    return parts.length === 0 ? undefined : (tf.addN(parts) as tf.Scalar);
  };

  const learn = (
    inputs: readonly tf.Tensor[],
    routes: readonly Batch['route'][],
  ): { outcome: Outcome; gradients: Gradients } => {
    const seed = inputs[2] as tf.Tensor1D;
    const views = routes.map((route, at) => ({
      route,
      x: inputs[fixed + 2 * at]!,
      target: inputs[fixed + 2 * at + 1]!,
    }));
    const rows = views.reduce((sum, { x }) => sum + x.shape[0]!, 0);
    const main = views.filter(({ route }) => route === 'main');
    let accuracy: tf.Scalar | undefined;
    let dataLoss: tf.Scalar | undefined;
    let penalty: tf.Scalar | undefined;
    // What is reported must outlive the differentiation, which clears up after itself.
    const held: tf.Tensor[] = [];
    const hold = <T extends tf.Tensor>(x: T): T => {
      held.push(tf.keep(x));
      return x;
    };
    const { gradients } = gradientsOf(model, () => {
      const losses = views.map(({ x, target, route }, at) => {
        const own = tf.add(seed, tf.tensor1d([at, 0], 'int32')) as tf.Tensor1D;
        const output = model.apply(x, { training: true, route, seed: own, synchronised });
        if (route === 'main' || main.length === 0)
          accuracy = hold(addScalars(accuracy, tf.mul(objective.accuracy(output, target), x.shape[0]!)));
        return tf.mul(objective.loss(output, target), x.shape[0]! / rows);
      });
      dataLoss = hold(tf.addN(losses) as tf.Scalar);
      penalty = penaltyOf(inputs.slice(3, fixed));
      if (penalty !== undefined) hold(penalty);
      return penalty === undefined ? dataLoss : (tf.add(dataLoss, penalty) as tf.Scalar);
    });
    const counted = (main.length === 0 ? views : main).reduce((sum, { x }) => sum + x.shape[0]!, 0);
    const kept = [...gradients].filter(([name]) => !frozen.some((part) => name.includes(part)));
    const floats = new Map(kept.map(([name, gradient]) => [name, float32(gradient)]));
    const loss = finiteOrNaN(float32(tf.add(dataLoss!, 0)) as tf.Scalar, floats.values());
    const outcome: Outcome = [
      allReduceMean('loss', loss),
      allReduceMean('accuracy', float32(tf.div(accuracy!, counted)) as tf.Scalar),
      penalty === undefined ? tf.scalar(0) : (float32(tf.add(penalty, 0)) as tf.Scalar),
    ];
    tf.dispose(held);
    return { outcome, gradients: floats };
  };

  const update = (gradients: Gradients, rate: tf.Scalar, decay: tf.Scalar): void => {
    const mean = acrossProcesses(gradients);
    optimizer.update(clip === undefined ? mean : clipByGlobalNorm(mean, clip), rate);
    average?.update(decay);
  };

  const compiled = (key: string, name: string, step: (...inputs: tf.Tensor[]) => tf.Tensor[]) => {
    const known = steps.get(key);
    if (known !== undefined) return known;
    const fresh = compile(step, { precision: decided() ?? precision, name });
    steps.set(key, fresh);
    return fresh;
  };
  const decided = (): 'fp32' | 'bf16' | undefined =>
    [...steps.values()].map((step) => step.precision).find((found) => found !== undefined);

  const whole = (routes: readonly Batch['route'][]) =>
    compiled(`step ${routes}`, 'train', (...inputs) => {
      const { outcome, gradients } = learn(inputs, routes);
      update(gradients, inputs[0] as tf.Scalar, inputs[1] as tf.Scalar);
      return outcome;
    });

  const part = (routes: readonly Batch['route'][], into: GradientAccumulator, share: number) =>
    compiled(`part ${routes} ${share}`, 'accumulate', (...inputs) => {
      const { outcome, gradients } = learn(inputs, routes);
      into.add(gradients, share);
      return outcome;
    });

  const apply = (from: GradientAccumulator) =>
    compiled('apply', 'update', (rate, decay) => {
      const gradients = [...from.gradients].filter(([name]) => !frozen.some((text) => name.includes(text)));
      update(new Map(gradients), rate as tf.Scalar, decay as tf.Scalar);
      from.reset();
      return [tf.add(rate!, 0)];
    });

  const accumulate = async (
    parts: readonly (readonly StepView[])[],
    head: tf.Tensor[],
  ): Promise<StepResult> => {
    sums ??= new GradientAccumulator(model);
    const total = parts.flat().reduce((sum, { x }) => sum + x.shape[0]!, 0);
    const results: StepResult[] = [];
    for (const views of parts) {
      const share = views.reduce((sum, { x }) => sum + x.shape[0]!, 0) / total;
      const outcome = await part(
        views.map(({ route }) => route),
        sums,
        share,
      )(...head, ...tensors(views));
      const { loss, accuracy, penalty } = await read(outcome);
      results.push({ loss: loss * share, accuracy: accuracy * share, penalty: penalty * share });
    }
    tf.dispose(await apply(sums)(head[0]!, head[1]!));
    return results.reduce((a, b) => ({
      loss: a.loss + b.loss,
      accuracy: a.accuracy + b.accuracy,
      penalty: a.penalty + b.penalty,
    }));
  };

  return {
    get precision() {
      return decided();
    },
    async run(parts, { rate, decay, seed, hooks: given }) {
      const numbers = numberNames.map(({ hook, key }) => tf.scalar(given[hook]![key]!));
      const head = [tf.scalar(rate), tf.scalar(decay), tf.tensor1d([...seed], 'int32'), ...numbers];
      try {
        if (parts.length > 1) return await accumulate(parts, head);
        const views = parts[0]!;
        return await read(await whole(views.map(({ route }) => route))(...head, ...tensors(views)));
      } finally {
        tf.dispose(head);
      }
    },
    dispose() {
      for (const step of steps.values()) step.dispose();
      sums?.dispose();
    },
  };
}

const hookNumbers = (hook: Hook): string[] => Object.keys(hook.numbers?.({ step: 0, epoch: 0 }) ?? {}).sort();

/** The mean gradients of all processes that train together. */
function acrossProcesses(gradients: Gradients): Gradients {
  if (worldSize() === 1) return gradients;
  const means = allReduceMeans('gradients', [...gradients.values()]);
  return new Map([...gradients.keys()].map((name, index) => [name, means[index]!]));
}

/**
 * The loss, or NaN where a gradient of a vector (scales, offsets, biases) is no number: in bf16 a batch norm that is joined
 * with its ReLU makes 0 of NaN, so that the loss of a broken network looks sound.
 */
function finiteOrNaN(loss: tf.Scalar, gradients: Iterable<tf.Tensor>): tf.Scalar {
  const sums = [...gradients].filter(({ rank }) => rank === 1).map((gradient) => tf.sum(gradient));
  return sums.length === 0 ? loss : tf.where(tf.isFinite(tf.addN(sums)), loss, Number.NaN);
}

const addScalars = (a: tf.Scalar | undefined, b: tf.Tensor): tf.Scalar =>
  (a === undefined ? b : tf.add(a, b)) as tf.Scalar;

const tensors = (views: readonly StepView[]): tf.Tensor[] => views.flatMap(({ x, target }) => [x, target]);

async function read(outcome: tf.Tensor[]): Promise<StepResult> {
  const [loss, accuracy, penalty] = await Promise.all(outcome.map(async (value) => (await value.data())[0]!));
  tf.dispose(outcome);
  return { loss: loss!, accuracy: accuracy!, penalty: penalty! };
}
