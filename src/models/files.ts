import { z } from 'zod';
import { CheckpointError } from '../core/errors.js';
import type { TensorFile } from '../io/tensors/dtype.js';
import { fromFloat32, toFloat32 } from '../io/tensors/float.js';
import { readSafetensors } from '../io/tensors/safetensors.js';
import { readWeights, writeWeights } from '../io/tensors/weights.js';
import type { Model, ModelConfig } from './model.js';
import { buildModel } from './registry.js';
import {
  type LoadOptions,
  type LoadReport,
  loadStateDict,
  stateDict,
  type Weight,
  type WeightMap,
} from './weights.js';

/** Where a file's metadata says which model it holds: JSON of a `ModelConfig`. */
export const CONFIG = 'cuemix.model';
/** Where a checkpoint of a training says how its pictures were prepared: JSON. */
export const PREPROCESSING = 'cuemix.preprocessing';
/** Where it lists the names of the classes: JSON. */
export const CLASSES = 'cuemix.classes';
const configSchema = z.strictObject({ family: z.string(), options: z.unknown() });
const classesSchema = z.array(z.string());
const transformsSchema = z.object({
  transforms: z.array(z.object({ name: z.string(), options: z.unknown() })),
});

/** The arrays of a weights file, with what the file says about its model. */
export interface WeightFile {
  readonly weights: WeightMap;
  /** Present in files that `saveModel` wrote as safetensors. */
  readonly config?: ModelConfig;
  /** Name of each class, by index. */
  readonly classes?: readonly string[];
  /** The transforms that training validated it with, in order. */
  readonly transforms?: readonly { readonly name: string; readonly options?: unknown }[];
}

function parseMetadata<S extends z.ZodType>(
  schema: S,
  text: string | undefined,
  path: string,
): z.output<S> | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CheckpointError('E_FORMAT', `Cannot read ${path}: what it says about its model is not valid.`, {
      cause,
    });
  }
}

/** Reads a .pth, .safetensors or .npz file as named float32 arrays. @throws CheckpointError, StorageError */
export async function readWeightFile(path: string, signal?: AbortSignal): Promise<WeightFile> {
  return weightFile(await readWeights(path, { signal }), path);
}

/** The same for the bytes of a safetensors file; `path` is for messages. @throws CheckpointError */
export function readWeightBytes(bytes: Uint8Array, path: string): WeightFile {
  return weightFile(readSafetensors(bytes, path), path);
}

function weightFile(
  { tensors, metadata }: Pick<TensorFile, 'tensors' | 'metadata'>,
  path: string,
): WeightFile {
  const weights = [...tensors].map(([name, array]): [string, Weight] => [
    name,
    { shape: array.shape, data: toFloat32(array) },
  ]);
  const config = parseMetadata(configSchema, metadata.get(CONFIG), path);
  const classes = parseMetadata(classesSchema, metadata.get(CLASSES), path);
  const prepared = parseMetadata(transformsSchema, metadata.get(PREPROCESSING), path);
  return {
    weights: new Map(weights),
    ...(config === undefined ? {} : { config }),
    ...(classes === undefined ? {} : { classes }),
    ...(prepared === undefined ? {} : { transforms: prepared.transforms }),
  };
}

export interface LoadFileOptions extends Omit<LoadOptions, 'where'> {
  /** Names of the classes that the caller's data has, by index; compared with the file's when it names them. */
  readonly classes?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Loads a weights file into a model; gives what did not fit, and the classes that the file names.
 * @throws CheckpointError E_NAMES (missing or extra arrays), E_CLASSES (another class index); ShapeError
 */
export async function loadWeights(
  model: Model,
  path: string,
  options: LoadFileOptions = {},
): Promise<LoadReport & Pick<WeightFile, 'classes'>> {
  const { classes: expected, signal, ...load } = options;
  const { weights, classes } = await readWeightFile(path, signal);
  if (expected !== undefined && classes !== undefined) checkClasses(expected, classes, path);
  const report = loadStateDict(model, weights, { ...load, where: path });
  return { ...report, ...(classes === undefined ? {} : { classes }) };
}

function checkClasses(expected: readonly string[], classes: readonly string[], path: string): void {
  const length = Math.max(expected.length, classes.length);
  const differing = Array.from({ length }, (_, index) => index).find(
    (index) => expected[index] !== classes[index],
  );
  if (differing === undefined) return;
  throw new CheckpointError(
    'E_CLASSES',
    `Expected class ${differing} of ${path} to be ${expected[differing] ?? 'absent'} but it is ${classes[differing] ?? 'absent'}. Give the classes in the file's order.`,
  );
}

/** A network out of a file, with what the file says of its classes and pictures. */
export interface Checkpoint extends Pick<WeightFile, 'classes' | 'transforms'> {
  readonly model: Model;
}

/** Rebuilds a network from a file of `saveModel`, weights and all. @throws CheckpointError E_CONFIG when it names no model */
export async function loadCheckpoint(path: string, signal?: AbortSignal): Promise<Checkpoint> {
  const { weights, config, classes, transforms } = await readWeightFile(path, signal);
  if (config === undefined) {
    throw new CheckpointError(
      'E_CONFIG',
      `Expected ${path} to say which model it holds but it does not. Build the model and use loadWeights.`,
    );
  }
  const model = buildModel(config);
  try {
    loadStateDict(model, weights, { where: path });
    return { model, ...(classes && { classes }), ...(transforms && { transforms }) };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** The network of `loadCheckpoint` alone. */
export async function loadModel(path: string, signal?: AbortSignal): Promise<Model> {
  return (await loadCheckpoint(path, signal)).model;
}

/** Writes a model as .safetensors (with its configuration and class names), .pth or .npz, in PyTorch's names and layout. */
export async function saveModel(model: Model, path: string, classes?: readonly string[]): Promise<void> {
  const weights = await stateDict(model);
  const tensors = [...weights].map(([name, { shape, data }]) => [name, fromFloat32(data, shape)] as const);
  await writeWeights(path, new Map(tensors), weightMetadata(model.config, classes));
}

/** What a weights file says about its model, as metadata of safetensors. */
export function weightMetadata(config: ModelConfig, classes?: readonly string[]): Map<string, string> {
  const metadata = new Map([[CONFIG, JSON.stringify(config)]]);
  if (classes !== undefined) metadata.set(CLASSES, JSON.stringify(classes));
  return metadata;
}
