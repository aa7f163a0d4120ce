import { availableParallelism, freemem } from 'node:os';
import type * as tf from '@tensorflow/tfjs-core';
import { openEngine } from '../../engine/index.js';
import { countModel } from '../../models/registry.js';
import type { ParsedRecipe } from '../recipe/parse.js';
import { preparedBatches } from './batches.js';
import { createModel, createParts, disposeParts } from './parts.js';
import { dropoutSeed, modelConfig, objectiveOf, openData, planRun, trainingStream } from './setup.js';
import { trainingStep } from './step.js';
import { openStyle } from './style.js';

/** What training by a recipe would take. */
export interface Prospect {
  readonly train: number;
  readonly validation: number | undefined;
  readonly classes: number;
  readonly model: string;
  readonly parameters: number;
  /** Multiply-accumulates for one sample of the main view, forward only. */
  readonly macs: number;
  /** Shapes of the views of one part of a batch, by route. */
  readonly views: readonly { readonly route: string; readonly shape: readonly number[] }[];
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly batch: number;
  /** Parts that a step is computed in. */
  readonly parts: number;
  readonly rate: number;
  readonly engine: string;
  readonly precision: string;
  /** Seconds of one step, or of reading, copying and painting its batch, whichever takes longer; measured. */
  readonly stepSeconds: number;
  /** Of the whole run. */
  readonly seconds: number;
  /** Bytes of this process at the height of the steps that were tried, and what the machine has left. */
  readonly memory: number;
  readonly freeMemory: number;
  /** Bytes of one checkpoint. */
  readonly checkpoint: number;
}

const TRIED = 3;

/** Opens everything that a recipe names and tries a few steps, of which nothing is kept. */
export async function prospect(parsed: ParsedRecipe, signal?: AbortSignal): Promise<Prospect> {
  const { recipe } = parsed;
  const engine = await openEngine(recipe.threads === undefined ? {} : { threads: recipe.threads });
  const data = await openData(parsed, signal);
  try {
    const objective = objectiveOf(parsed, data.classes);
    const plan = planRun(recipe, data.train.length);
    const style = await openStyle(parsed, recipe.precision, signal);
    const config = modelConfig(recipe, objective);
    const parts = createParts(recipe, await createModel(recipe, config, { ...(signal && { signal }) }));
    const step = trainingStep({ ...parts, objective, precision: recipe.precision });
    const stream = trainingStream(parsed, data.train, { epoch: 0, offset: 0 }, { ...(signal && { signal }) });
    const batches = preparedBatches(stream, {
      ...{ parsed: withLargestViews(parsed), plan, objective, style, step: 0, rows: plan.batch, rank: 0 },
    });
    const times: number[] = [];
    const readings: number[] = [];
    let views: Prospect['views'] = [];
    let memory = 0;
    try {
      while (times.length < TRIED) {
        const asked = performance.now();
        const batch = await batches.next();
        if (batch === undefined) break;
        readings.push(performance.now() - asked);
        const numbers = { rate: 0, decay: 1, seed: dropoutSeed(recipe.seed, 0), hooks: {} };
        const started = performance.now();
        try {
          await step.run(
            batch.parts.map((part) => part.views),
            numbers,
          );
        } finally {
          batch.dispose();
        }
        times.push(performance.now() - started);
        views = batch.parts[0]!.views.map(({ route, x }) => ({ route, shape: x.shape }));
        memory = Math.max(memory, process.memoryUsage().rss);
      }
      const shape = views.find(({ route }) => route === 'main')!.shape.slice(1);
      const { params, macs } = countModel(config, shape);
      const stepSeconds = Math.max(Math.min(...times), Math.min(...readings)) / 1000;
      return {
        ...{ train: data.train.length, validation: data.validation?.length, classes: objective.classes },
        ...{ model: config.family, parameters: params, macs, views },
        ...{ epochs: plan.epochs, stepsPerEpoch: plan.stepsPerEpoch, batch: plan.batch, rate: plan.base },
        parts: recipe.batch.accumulate,
        ...{
          engine: `${engine.kind} ${engine.version}, ${availableParallelism()} cores`,
          precision: step.precision ?? recipe.precision,
        },
        ...{
          stepSeconds,
          seconds: stepSeconds * plan.stepsPerEpoch * plan.epochs,
          memory,
          freeMemory: freemem(),
        },
        checkpoint:
          4 *
          size([
            ...parts.model.variables.values(),
            ...parts.optimizer.state.values(),
            ...(parts.average?.averages.values() ?? []),
          ]),
      };
    } finally {
      await batches.close();
      step.dispose();
      disposeParts(parts);
      style?.dispose();
    }
  } finally {
    await data.close();
  }
}

const size = (variables: readonly tf.Variable[]): number => variables.reduce((sum, one) => sum + one.size, 0);

/** With several grids, the auxiliary view at its largest, which takes the most time and memory. */
function withLargestViews(parsed: ParsedRecipe): ParsedRecipe {
  const { recipe } = parsed;
  const { multiGrid } = recipe.batch;
  if (multiGrid === undefined) return parsed;
  const largest = { ...multiGrid, minimum: multiGrid.size };
  return { ...parsed, recipe: { ...recipe, batch: { ...recipe.batch, multiGrid: largest } } };
}
