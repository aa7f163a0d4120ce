import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { CheckpointError, UsageError } from '../../../core/errors.js';
import { readClassIndex } from '../../../datasets/classes.js';
import { type Compiled, compile, float32, openEngine, type Precision } from '../../../engine/index.js';
import { readInput } from '../../../io/files/open-input.js';
import { readWeightFile } from '../../../models/files.js';
import type { Route } from '../../../models/layers/ops.js';
import type { Model, ModelConfig } from '../../../models/model.js';
import { buildModel, modelEntry } from '../../../models/registry.js';
import { loadStateDict, type WeightMap } from '../../../models/weights.js';
import { normalizeTensor } from '../../../transforms/batch/normalize.js';
import { loadCheckpoint } from '../../checkpoint/load.js';
import {
  type Preprocessing,
  type PreprocessingOptions,
  preprocessingOf,
  trainedPreprocessing,
} from './preprocessing.js';

/** Which network is evaluated, and how it runs. */
export interface NetworkOptions extends PreprocessingOptions {
  /** A name of `cuemix models`, or a .json file with {"family", "options"}: for weights that do not say what they are. */
  readonly model?: string | undefined;
  /** File with the network's classes in order (see `readClassIndex`), for weights that do not name them. */
  readonly classIndex?: string | undefined;
  /** Which checkpoint of a run's folder; `last` unless told. */
  readonly which?: 'last' | 'best' | undefined;
  /** `fp32` unless told; what `auto` takes depends on the machine and its load, and close decisions with it. */
  readonly precision?: Precision | undefined;
  readonly device?: 'auto' | 'cpu' | 'gpu' | undefined;
  readonly threads?: number | undefined;
  /** Told in one line when the engine is slower than it could be, or a checkpoint is damaged and an earlier one used. */
  readonly onNotice?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A network ready to classify. Who opens it disposes it. */
export interface Network {
  readonly name: string;
  readonly path: string;
  readonly config: ModelConfig;
  readonly parameters: number;
  readonly classes: number;
  /** Names of the classes by number, where the file or a class index tells. */
  readonly classNames?: readonly string[];
  readonly routes: readonly ('main' | 'aux')[];
  readonly preprocessing: Preprocessing;
  readonly engine: string;
  /** What it computes in; undefined until `auto` has measured. */
  readonly precision: 'fp32' | 'bf16' | undefined;
  /** Logits `[B, classes]` of pictures `[B, size, size, 3]` in [0, 1], not normalised yet. For use inside steps. */
  apply(x: tf.Tensor, route: Route): tf.Tensor;
  /** The same compiled, read back; rows in C order. */
  logits(x: tf.Tensor, route?: Route): Promise<Float32Array>;
  dispose(): void;
}

/**
 * Opens the folder of a training run or of a checkpoint, or weights (.safetensors, .pth, .npz), as a network.
 * Checkpoints tell how pictures are prepared. Files of `saveModel` name their model and classes; other weights need
 * `model`, whose number of classes is taken from the file.
 * @throws UsageError without a model; CheckpointError, ShapeError for weights that do not fit; EngineError
 */
export async function openNetwork(path: string, options: NetworkOptions = {}): Promise<Network> {
  const { precision = 'fp32', device, threads, onNotice, signal } = options;
  const index = options.classIndex === undefined ? undefined : await readClassIndex(options.classIndex);
  const engine = await openEngine({
    ...(device && { device }),
    ...(threads !== undefined && { threads }),
    ...(onNotice && { onNotice }),
  });
  const common = { path, name: nameOf(path), engine: `${engine.kind} ${engine.version}`, precision };
  if ((await stat(path).catch(() => undefined))?.isDirectory() === true) {
    const { model, preprocessing, classes } = await loadCheckpoint(path, {
      which: options.which ?? 'last',
      ...(onNotice && { onDamaged: onNotice }),
    });
    return networkOf(model, {
      ...common,
      classNames: index?.map(({ folder }) => folder) ?? classes,
      preprocessing: isTold(options)
        ? preprocessingOf(model.config, model.inputShape, { ...preprocessing, ...options })
        : trainedPreprocessing(preprocessing),
    });
  }
  const { weights, config: named, classes: listed } = await readWeightFile(path, signal);
  const config = options.model === undefined ? named : withClasses(await configOf(options.model), weights);
  if (config === undefined)
    throw new UsageError(
      `Expected ${path} to say which network it holds but it does not: name it by --model (see "cuemix models").`,
    );
  const model = buildModel(config);
  try {
    if (model.inputShape.length !== 3)
      throw new UsageError(
        `Expected a network for pictures but ${path} is one for inputs [${model.inputShape}].`,
      );
    loadStateDict(model, weights, { where: path });
    return networkOf(model, {
      ...common,
      classNames: index?.map(({ folder }) => folder) ?? listed,
      preprocessing: preprocessingOf(config, model.inputShape, options),
    });
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** What is known of a model beside itself. */
export interface NetworkIdentity {
  readonly name: string;
  readonly path: string;
  readonly engine: string;
  readonly precision: Precision;
  readonly classNames?: readonly string[] | undefined;
  readonly preprocessing: Preprocessing;
}

/** Makes a network of a model, which then belongs to it. @throws CheckpointError E_CLASSES */
export function networkOf(model: Model, identity: NetworkIdentity): Network {
  const { name, path, engine, precision, classNames, preprocessing } = identity;
  const { classes } = model.config.options as { classes: number };
  const { routes } = model.config.options as { routes?: readonly ('main' | 'aux')[] };
  if (classNames !== undefined && classNames.length !== classes)
    throw new CheckpointError(
      'E_CLASSES',
      `Expected ${classes} class names for ${path} but received ${classNames.length}.`,
    );
  const apply = (x: tf.Tensor, route: Route): tf.Tensor =>
    model.apply(normalizeTensor(x, preprocessing.mean, preprocessing.std), { route });
  const steps = new Map<Route, Compiled<tf.Tensor>>();
  const stepOf = (route: Route): Compiled<tf.Tensor> => {
    const known = steps.get(route);
    if (known !== undefined) return known;
    const step = compile((x: tf.Tensor) => float32(apply(x, route)), { precision, name: `evaluate ${name}` });
    steps.set(route, step);
    return step;
  };
  return {
    name,
    path,
    config: model.config,
    parameters: [...model.parameters.values()]
      .filter(({ spec }) => spec.role !== 'statistic')
      .reduce((sum, { size }) => sum + size, 0),
    classes,
    ...(classNames && { classNames }),
    routes: routes?.includes('aux') ? ['main', 'aux'] : ['main'],
    preprocessing,
    engine,
    get precision() {
      return [...steps.values()][0]?.precision;
    },
    apply,
    async logits(x, route = 'main') {
      const y = await stepOf(route)(x);
      try {
        return Float32Array.from((await y.data()) as Float32Array);
      } finally {
        y.dispose();
      }
    },
    dispose() {
      for (const step of steps.values()) step.dispose();
      model.dispose();
    },
  };
}

/** Whether the caller decides how pictures are cut. */
function isTold({ size, resize, filter, mean, std }: PreprocessingOptions): boolean {
  return [size, resize, filter, mean, std].some((value) => value !== undefined);
}

function nameOf(path: string): string {
  return basename(path).replace(/\.(safetensors|pth|pt|npz)$/i, '');
}

const MAX_CONFIG = 16 * 1024 * 1024;

async function configOf(model: string): Promise<ModelConfig> {
  if (!model.endsWith('.json')) return modelEntry(model).config;
  const refuse = (cause?: unknown) =>
    new UsageError(`Expected {"family", "options"} in ${model} but it holds something else.`, { cause });
  try {
    const value: unknown = JSON.parse((await readInput(model, MAX_CONFIG)).toString('utf8'));
    const { family, options } = Object(value) as Record<string, unknown>;
    if (typeof family !== 'string') throw refuse();
    return { family, options: options ?? {} };
  } catch (cause) {
    throw cause instanceof UsageError ? cause : refuse(cause);
  }
}

/** The configuration with as many classes as the classifier in the file has rows. */
function withClasses({ family, options }: ModelConfig, weights: WeightMap): ModelConfig {
  const head = [...weights.values()].findLast(({ shape }) => shape.length === 2);
  return head === undefined
    ? { family, options }
    : { family, options: { ...(options as object), classes: head.shape[0]! } };
}
