import * as tf from '@tensorflow/tfjs-core';
import { inflateWeights } from '../../models/cakes/cakes-inflate.js';
import { cakesVideoFamily } from '../../models/cakes/cakes-video.js';
import { loadWeights, readWeightFile } from '../../models/files.js';
import type { Model, ModelConfig } from '../../models/model.js';
import { buildModel } from '../../models/registry.js';
import { fromTorch, loadStateDict, torchShape, toTorch, type Weight } from '../../models/weights.js';
import type { TrainedParts } from '../checkpoint/save.js';
import { WeightAverage } from '../ema.js';
import type { Network } from '../network.js';
import { createOptimizer } from '../recipe/optimizer.js';
import type { Recipe } from '../recipe/schema.js';
import type { SmallerNetwork } from './hooks.js';

/** Model, optimizer and moving average of a recipe. Who makes them disposes them. */
export function createParts(recipe: Recipe, model: Network): TrainedParts {
  const optimizer = createOptimizer(model, recipe.optimizer);
  return { model, optimizer, ...(recipe.average && { average: new WeightAverage(model) }) };
}

/** A fresh network of the recipe, or one with the weights that it starts from. */
export async function createModel(
  recipe: Recipe,
  config: ModelConfig,
  options: StartOptions = {},
): Promise<Network> {
  const model = buildModel(config, { seed: recipe.seed });
  const { weights } = recipe;
  if (weights === undefined) return model;
  try {
    await loadStart(model, weights, options);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

interface StartOptions {
  /** Names of the data's classes, which a file that names its own must share. */
  readonly classes?: readonly string[] | undefined;
  readonly signal?: AbortSignal;
}

async function loadStart(
  model: Model,
  { file, partial, inflate }: NonNullable<Recipe['weights']>,
  { classes, signal }: StartOptions,
): Promise<void> {
  if (!partial && !inflate) {
    await loadWeights(model, file, { ...(classes && { classes }), ...(signal && { signal }) });
    return;
  }
  const { weights } = await readWeightFile(file, signal);
  const made = inflate
    ? inflateWeights(weights, cakesVideoFamily.schema.parse(model.config.options))
    : weights;
  const fitting = [...made].filter(([name, { shape }]) => {
    const parameter = model.parameters.get(name);
    return !partial || parameter === undefined || `${torchShape(parameter)}` === `${shape}`;
  });
  loadStateDict(model, new Map(fitting), { where: file, partial });
}

/** Frees the parts. */
export function disposeParts({ model, optimizer, average }: TrainedParts): void {
  optimizer.dispose();
  average?.dispose();
  model.dispose();
}

/** The parts of a smaller network, with what of the old tensors stays; the old parts are freed. */
export async function shrinkParts(
  recipe: Recipe,
  old: TrainedParts,
  { config, cut }: SmallerNetwork,
): Promise<TrainedParts> {
  const model = buildModel(config);
  const parts = createParts(recipe, model);
  const transfer = async (
    from: ReadonlyMap<string, tf.Variable>,
    to: ReadonlyMap<string, tf.Variable>,
  ): Promise<void> => {
    const kept = cut(await arraysOf(old.model, from));
    for (const [key, variable] of to) assign(model, key, variable, kept.get(key)!);
  };
  await transfer(old.model.variables, model.variables);
  await transfer(old.optimizer.state, parts.optimizer.state);
  if (old.average && parts.average) await transfer(old.average.averages, parts.average.averages);
  disposeParts(old);
  return parts;
}

const parameterOf = (model: Network, key: string) => model.parameters.get(key.slice(key.indexOf(':') + 1));

async function arraysOf(
  model: Network,
  variables: ReadonlyMap<string, tf.Variable>,
): Promise<Map<string, Weight>> {
  const arrays = new Map<string, Weight>();
  for (const [key, variable] of variables) {
    const data = (await variable.data()) as Float32Array;
    const parameter = parameterOf(model, key);
    arrays.set(key, parameter ? toTorch(parameter, data) : { shape: variable.shape, data });
  }
  return arrays;
}

function assign(model: Network, key: string, variable: tf.Variable, weight: Weight): void {
  const parameter = parameterOf(model, key);
  const values = parameter ? fromTorch(parameter, weight) : weight.data;
  tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
}
