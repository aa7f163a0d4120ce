import * as tf from '@tensorflow/tfjs-core';
import { type Compiled, compile, type Precision } from '../../engine/index.js';
import { toBatch } from '../../transforms/batch/to-batch.js';
import type { WeightAverage } from '../ema.js';
import type { Network } from '../network.js';
import type { ParsedRecipe } from '../recipe/parse.js';
import type { OpenedDataset } from '../recipe/sources.js';
import type { Objective, Scores } from '../tasks/task.js';
import { filled } from './host-batch.js';
import { stepRng, validationStream } from './setup.js';
import { evaluateWindows } from './validate-windows.js';
import { transformed, validationTransforms } from './views.js';

/** Runs a network on validation data; one compiled function serves every call. */
export interface Validator {
  run(signal?: AbortSignal): Promise<Scores>;
  dispose(): void;
}

export interface ValidatorOptions {
  readonly parsed: ParsedRecipe;
  readonly dataset: OpenedDataset;
  readonly objective: Objective;
  readonly model: Network;
  readonly average?: WeightAverage;
  readonly precision?: Precision;
  /** Folder of the run, for predictions where the recipe wants them. */
  readonly out?: string | undefined;
}

/** The main route on the whole validation set, with the moving averages where there are some. */
export function validator(options: ValidatorOptions): Validator {
  const { parsed, dataset, objective, model, average, precision = 'fp32', out } = options;
  const transforms = validationTransforms(parsed);
  const { batch, seed, validate } = parsed.recipe;
  const rows = batch.validation ?? batch.size / batch.accumulate;
  const predict: Compiled<tf.Tensor> = compile(
    (x: tf.Tensor) => model.apply(x, { training: false, route: 'main' }),
    {
      precision,
      name: 'validate',
    },
  );

  const evaluate = async (signal?: AbortSignal): Promise<Scores> => {
    if (validate.window !== undefined)
      return evaluateWindows({ parsed, dataset, objective, predict, rows, out }, signal);
    const scorer = objective.scorer();
    for await (const host of validationStream(parsed, dataset, signal)) {
      const [view] = await transformed(toBatch(filled(host, rows)), transforms, stepRng(seed, 0));
      const { x, masks, ...rest } = view!;
      const count = host.ids.length;
      const output = await predict(x);
      const counted = { ...rest, labels: host.labels, ids: host.ids, x, ...(masks && { masks }) };
      await scorer.add(output, { ...counted, labels: counted.labels.slice(0, count) });
      tf.dispose([output, x, ...(masks ? [masks] : [])]);
    }
    return scorer.scores();
  };

  return {
    run: (signal) => (average ? average.swapped(() => evaluate(signal)) : evaluate(signal)),
    dispose: () => predict.dispose(),
  };
}
