import { DatasetError, UsageError } from '../../core/errors.js';
import { Rng } from '../../core/rng.js';
import type { Sample } from '../../core/sample.js';
import type { HostBatch } from '../../datasets/collate.js';
import { balanced, type Sampler, sequential, shuffled } from '../../datasets/samplers.js';
import type { Cursor } from '../../datasets/stream/cursor.js';
import type { TransformData } from '../../datasets/stream/job.js';
import type { Stream, StreamOptions } from '../../datasets/stream/options.js';
import { stream } from '../../datasets/stream/stream.js';
import type { ModelConfig } from '../../models/model.js';
import { familyOf } from '../../models/registry.js';
import { chosen } from '../recipe/choice.js';
import type { ParsedRecipe } from '../recipe/parse.js';
import { type RatePlan, ratePlan } from '../recipe/schedule.js';
import type { Recipe } from '../recipe/schema.js';
import type { OpenedDataset } from '../recipe/sources.js';
import type { Objective } from '../tasks/task.js';

/** A recipe's data, opened. Who opens it closes it. */
export interface RunData {
  readonly train: OpenedDataset;
  readonly validation?: OpenedDataset;
  readonly classes: readonly string[] | undefined;
  close(): Promise<void>;
}

/** Opens the datasets of a recipe. @throws DatasetError E_LABEL when training and validation name other classes */
export async function openData({ recipe, known }: ParsedRecipe, signal?: AbortSignal): Promise<RunData> {
  const open = ({ source }: Recipe['data']['train'], part: 'train' | 'validation') => {
    const { name, options } = chosen(source);
    return known.sources.get(name).open(options, { part, ...(signal && { signal }) });
  };
  const train = await open(recipe.data.train, 'train');
  try {
    const validation = recipe.data.validation && (await open(recipe.data.validation, 'validation'));
    const close = async (): Promise<void> => {
      await train.close?.();
      await validation?.close?.();
    };
    const data = { train, ...(validation && { validation }), classes: train.classes, close };
    if (validation) checkClasses(train, validation);
    return data;
  } catch (error) {
    await train.close?.();
    throw error;
  }
}

function checkClasses(train: OpenedDataset, validation: OpenedDataset): void {
  const [ours, theirs] = [train.classes, validation.classes];
  if (ours === undefined || theirs === undefined || `${ours}` === `${theirs}`) return;
  const at = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, index) => index).find(
    (index) => ours[index] !== theirs[index],
  )!;
  throw new DatasetError(
    'E_LABEL',
    `Expected the same classes for training and validation but class ${at} is ${ours[at] ?? 'absent'} and ${theirs[at] ?? 'absent'}.`,
  );
}

/** How long a run is. */
export interface RunPlan extends RatePlan {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly batch: number;
}

/** Steps and rates of a recipe for so many samples. @throws UsageError when an epoch holds no batch */
export function planRun({ batch, epochs, schedule }: Recipe, samples: number): RunPlan {
  if (batch.size % batch.accumulate !== 0) {
    throw new UsageError(
      `Expected batch.size to be a multiple of batch.accumulate but they are ${batch.size} and ${batch.accumulate}.`,
    );
  }
  const whole = samples / batch.size;
  const stepsPerEpoch = batch.remainder === 'keep' ? Math.ceil(whole) : Math.floor(whole);
  if (stepsPerEpoch < 1) {
    throw new UsageError(
      `Expected a batch of samples or more but the training data has ${samples} and batch.size is ${batch.size}. Make the batch smaller, or set batch.remainder to keep.`,
    );
  }
  const run = { batch: batch.size, epochs, stepsPerEpoch };
  return { ...ratePlan(schedule, run), ...run };
}

const asData = (choices: Recipe['data']['train']['transforms']): TransformData[] =>
  choices.map((one) => chosen(one));

function sampler(order: Recipe['data']['order'], dataset: OpenedDataset): Sampler {
  if (order === 'shuffled') return dataset.order?.() ?? shuffled;
  if (order === 'sequential') return sequential;
  const classIds = Array.from(
    { length: dataset.length },
    (_, index) => dataset.entry?.(index).label?.[0]?.classId ?? -1,
  );
  if (classIds.includes(-1))
    throw new UsageError(
      'Expected a label for every sample, known without reading it, for data.order: balanced.',
    );
  return balanced(classIds);
}

/** The stream of training batches from a cursor on. */
export function trainingStream(
  { recipe, known }: ParsedRecipe,
  dataset: OpenedDataset,
  cursor: Cursor,
  { signal, rank = 0, world = 1 }: { signal?: AbortSignal; rank?: number; world?: number } = {},
): Stream<HostBatch> {
  const { data, batch, seed, epochs } = recipe;
  return stream(dataset, {
    seed,
    cursor,
    epochs,
    rank,
    world,
    batch: batch.size / world,
    remainder: batch.remainder,
    order: sampler(data.order, dataset),
    transforms: asData(data.train.transforms),
    modules: known.modules,
    prefetch: data.prefetch,
    onError: data.train.onError,
    reuse: true,
    ...(signal && { signal }),
    ...(data.workers !== undefined && { workers: data.workers }),
  });
}

/** The stream of validation batches, in the set's own order. */
export function validationStream(
  parsed: ParsedRecipe,
  dataset: OpenedDataset,
  signal?: AbortSignal,
): Stream<HostBatch> {
  const { batch } = parsed.recipe;
  const size = batch.validation ?? batch.size / batch.accumulate;
  return stream(dataset, { ...validationOptions(parsed, signal), reuse: true, batch: size });
}

/** The validation samples one by one, each of its own size. */
export function validationSamples(
  parsed: ParsedRecipe,
  dataset: OpenedDataset,
  signal?: AbortSignal,
): Stream<Sample> {
  return stream(dataset, validationOptions(parsed, signal));
}

function validationOptions({ recipe, known }: ParsedRecipe, signal?: AbortSignal): StreamOptions {
  const { data, seed } = recipe;
  return {
    seed,
    order: sequential,
    transforms: asData(data.validation!.transforms),
    modules: known.modules,
    prefetch: data.prefetch,
    onError: data.validation!.onError,
    ...(signal && { signal }),
    ...(data.workers !== undefined && { workers: data.workers }),
  };
}

/** The recipe's objective for the data's classes. */
export function objectiveOf(
  { recipe, known }: ParsedRecipe,
  classes: readonly string[] | undefined,
): Objective {
  const { name, options } = chosen(recipe.task);
  return known.tasks.get(name).create(options, classes);
}

/** The recipe's network with as many outputs as the objective has classes, unless the recipe says how many. */
export function modelConfig({ model }: Recipe, { classes }: Objective): ModelConfig {
  const { name: family, options } = chosen(model);
  const given = options as Readonly<Record<string, unknown>>;
  const takesClasses = familyOf(family).schema.safeParse({ ...given, classes }).success;
  return { family, options: takesClasses && given.classes === undefined ? { ...given, classes } : given };
}

/** The address of a step's random choices. */
export const stepRng = (seed: number, step: number): Rng => Rng.of(seed).at('step', step);

/** Two int32 numbers for a step's dropout. */
export function dropoutSeed(seed: number, step: number): readonly [number, number] {
  const rng = stepRng(seed, step).at('dropout');
  return [rng.integer(0x7fffffff), rng.integer(0x7fffffff)];
}
