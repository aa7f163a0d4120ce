import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../core/errors.js';
import { readInput } from '../../io/files/open-input.js';
import { type Checkpoint, loadCheckpoint, loadWeights } from '../../models/files.js';
import type { ModelConfig } from '../../models/model.js';
import { buildModel, modelEntry } from '../../models/registry.js';

const MAX_CONFIG = 16 * 1024 * 1024;

const configFile = z.strictObject({ family: z.string(), options: z.unknown() });

async function readConfig(path: string): Promise<ModelConfig> {
  const text = await readInput(path, MAX_CONFIG).catch((cause: unknown) => {
    throw new UsageError(`Expected a model configuration but ${path} cannot be read.`, { cause });
  });
  try {
    return configFile.parse(JSON.parse(text.toString('utf8')));
  } catch (cause) {
    throw new UsageError(`Expected {"family", "options"} in ${path} but it holds something else.`, { cause });
  }
}

/** What a network's name, or a .json file with {"family", "options"}, stands for. @throws UsageError */
export async function modelConfig(name: string): Promise<ModelConfig> {
  return name.endsWith('.json') ? readConfig(name) : modelEntry(name).config;
}

/** Whether an argument names a weights file rather than a network. */
export function isCheckpoint(name: string): boolean {
  return ['.safetensors', '.pth', '.pt', '.npz'].includes(extname(name).toLowerCase());
}

/**
 * The network that an argument names: a training run, a checkpoint that says what it holds, or a name or configuration, with the
 * weights of `weights` or else fresh ones. Needs an open engine; the caller disposes the model.
 */
export async function openModel(
  name: string,
  weights: string | undefined,
  signal: AbortSignal,
): Promise<Checkpoint> {
  if (await isRun(name)) {
    if (weights !== undefined) throw refuseBoth(name);
    const { loadCheckpoint: loadRun } = await import('../../trainers/checkpoint/load.js');
    const { model, classes, preprocessing } = await loadRun(name);
    return { model, ...(classes && { classes }), transforms: preprocessing.transforms };
  }
  if (isCheckpoint(name)) {
    if (weights === undefined) return loadCheckpoint(name, signal);
    throw refuseBoth(name);
  }
  const model = buildModel(await modelConfig(name));
  if (weights === undefined) return { model };
  try {
    const { classes } = await loadWeights(model, weights, { signal });
    return { model, ...(classes !== undefined && { classes }) };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function refuseBoth(name: string): UsageError {
  return new UsageError(
    `Expected a network beside --weights but ${name} is a weights file itself, or a run.`,
  );
}

/** Whether an argument is the folder of a training run. */
export async function isRun(name: string): Promise<boolean> {
  return (await stat(name).catch(() => undefined))?.isDirectory() === true;
}

/** Extents and channels as `224x224x3`. @throws UsageError */
export function parseShape(text: string): number[] {
  const shape = text.split('x').map(Number);
  if (shape.every((extent) => Number.isInteger(extent) && extent > 0)) return shape;
  throw new UsageError(`Option --input cannot be ${text}: give extents and channels, as 224x224x3.`);
}
