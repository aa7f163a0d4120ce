import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../../src/core/errors.js';
import { readSafetensors, type TensorFile, toFloat32 } from '../../src/io/tensors/safetensors.js';
import type { Shape } from '../../src/models/index.js';
import { integers, u01, unit, volume } from './procedural.js';

export interface InputSpec {
  readonly name: string;
  readonly key: string;
  readonly kind: 'unit' | 'u01' | 'int';
  readonly shape?: Shape | string;
  readonly std?: number;
  readonly mod?: number;
  readonly steps?: number;
}

/** One entry of manifest.json. What is particular to a builder is read from `raw`. */
export interface GoldenCase {
  readonly case: string;
  readonly file: string | null;
  readonly builder: string;
  readonly mode: string;
  readonly salt: string;
  readonly gain: number;
  readonly inputs: readonly InputSpec[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly tolerance: {
    readonly rel_to_absmax?: number;
    readonly abs?: number;
    readonly u8?: number;
    readonly per_output?: Readonly<Record<string, number>>;
  };
  readonly data?: unknown;
  readonly [extra: string]: unknown;
}

/**
 * Reads the cases of a folder's manifest.json.
 * @throws DatasetError without a manifest, or with one that is no list of cases
 */
export async function readCases(folder: string): Promise<readonly GoldenCase[]> {
  const path = join(folder, 'manifest.json');
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new DatasetError('E_MANIFEST', `Expected the cases in ${path} but: ${cause.message}.`, { cause });
  });
  return parseManifest(text, path).map((entry, index) => ({
    ...entry,
    case: String(entry.case ?? `case ${index}`),
    builder: String(entry.builder ?? ''),
    mode: String(entry.mode ?? ''),
    salt: String(entry.salt ?? ''),
    gain: Number(entry.gain ?? 1),
    file: entry.file ?? null,
    inputs: entry.inputs ?? [],
    options: entry.options ?? {},
    outputs: entry.outputs ?? {},
    tolerance: entry.tolerance ?? {},
  }));
}

function parseManifest(text: string, path: string): readonly Partial<GoldenCase>[] {
  const refuse = (found: string, cause?: unknown) =>
    new DatasetError('E_MANIFEST', `Expected JSON { "cases": [...] } in ${path} but ${found}.`, { cause });
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error);
  }
  const cases: unknown = (manifest as { readonly cases?: unknown } | null)?.cases;
  if (!Array.isArray(cases)) throw refuse('found no list of cases');
  const odd = cases.findIndex((entry) => typeof entry !== 'object' || entry === null || Array.isArray(entry));
  if (odd >= 0) throw refuse(`entry ${odd} is ${JSON.stringify(cases[odd])}`);
  return cases as Partial<GoldenCase>[];
}

/** The case's tensors; empty when all its numbers are in the manifest. */
export async function readTensors(folder: string, { file }: GoldenCase): Promise<TensorFile['tensors']> {
  if (file === null) return new Map();
  return readSafetensors(await readFile(join(folder, file)), file).tensors;
}

/** A stored tensor's values as numbers. */
export function numbersOf(tensors: TensorFile['tensors'], name: string): Float32Array | undefined {
  const array = tensors.get(name);
  return array === undefined ? undefined : toFloat32(array);
}

/** A procedural input; `<t>` in name and key stands for the step. `shape` when the manifest's is not in numbers. */
export function inputOf(
  golden: GoldenCase,
  name: string,
  step?: number,
  shape?: Shape,
): { shape: Shape; data: Float32Array } {
  const spec = golden.inputs.find((input) => input.name === name);
  if (spec === undefined) throw new Error(`Expected an input ${name} in case ${golden.case}.`);
  const key = step === undefined ? spec.key : spec.key.replace('<t>', String(step));
  const extents = shape ?? spec.shape;
  if (extents === undefined || typeof extents === 'string')
    throw new Error(`Expected a shape for input ${name}.`);
  const count = volume(extents);
  if (spec.kind === 'u01') return { shape: extents, data: u01(key, count) };
  if (spec.kind === 'int')
    return { shape: extents, data: Float32Array.from(integers(key, count, spec.mod!)) };
  const std = spec.std ?? 1;
  return { shape: extents, data: Float32Array.from(unit(key, count), (v) => v * std) };
}
