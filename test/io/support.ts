import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { onTestFinished } from 'vitest';
import { CuemixError } from '../../src/core/errors.js';
import { bytesPerElement, type DType, type NamedArray } from '../../src/io/tensors/dtype.js';

/** A fresh folder that is removed when the current test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cuemix-io-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What `expected.json` of the malformed files says about one of them. */
export interface Expectation {
  readonly outcome: 'ok' | 'error' | 'error-or-ok';
  readonly kind?: string | readonly string[];
  readonly samples?: number;
  readonly samples_complete?: number;
  readonly tensor_count?: number;
  readonly tensors?: Readonly<Record<string, unknown>>;
}

/** The expectations for the files below `group/`, by file name. */
export function expectations(shared: string, group: string): [string, Expectation][] {
  const text = readFileSync(join(shared, 'data/malformed/expected.json'), 'utf8');
  const { files } = JSON.parse(text) as { files: Record<string, Expectation> };
  return Object.entries(files)
    .filter(([name]) => name.startsWith(`${group}/`))
    .map(([name, expectation]) => [name.slice(group.length + 1), expectation]);
}

const CODES: Readonly<Record<string, readonly string[]>> = {
  empty: ['E_EMPTY'],
  truncated: ['E_TRUNCATED'],
  corrupt: ['E_FORMAT', 'E_HASH'],
  'bad-header': ['E_FORMAT'],
  'unsafe-pickle': ['E_UNSAFE'],
  'unsafe-path': ['E_PATH'],
  'missing-file': ['E_MISSING'],
  'missing-field': ['E_MISSING'],
  unsupported: ['E_UNSUPPORTED'],
  duplicate: ['E_DUPLICATE'],
  'too-large': ['E_TOO_LARGE'],
};

/** The error codes that stand for the words in `kind`. */
export function codesOf(kind: Expectation['kind']): readonly string[] {
  const kinds = kind === undefined ? [] : typeof kind === 'string' ? [kind] : kind;
  return kinds.flatMap((word) => CODES[word] ?? []);
}

/** One array of `golden/expected.json`: its shape and its little-endian bytes. */
export interface GoldenArray {
  readonly shape: readonly number[];
  readonly hex: string;
}

const golden = new URL('golden/', import.meta.url);

/** A file that the format's own Python library wrote. */
export function goldenFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, golden)));
}

/** What the golden files hold, by file and array name. */
export function goldenArrays(): Record<string, Record<string, GoldenArray>> {
  return JSON.parse(readFileSync(new URL('expected.json', golden), 'utf8'));
}

/** Shape and bytes of every tensor, in the form of {@link goldenArrays}. */
export function describeTensors(tensors: ReadonlyMap<string, NamedArray>): Record<string, GoldenArray> {
  const entries = [...tensors].map(([name, { shape, data }]) => [
    name,
    { shape, hex: Buffer.from(data).toString('hex') },
  ]);
  return Object.fromEntries(entries);
}

/** The stable code of the error that `run` throws; 'accepted' when it does not throw. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CuemixError) return error.code;
    throw error;
  }
  return 'accepted';
}

/** Tensors of any type, rank 0 to 3, with any name. */
export const anyTensors = (dtypes: readonly DType[]): fc.Arbitrary<Map<string, NamedArray>> => {
  const array = fc
    .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.nat(4), { maxLength: 3 }) })
    .chain(({ dtype, shape }) => {
      const length = shape.reduce((a, b) => a * b, bytesPerElement(dtype));
      return fc.uint8Array({ minLength: length, maxLength: length }).map((data) => ({ dtype, shape, data }));
    });
  const name = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('__proto__', '../x', '', '1', 'constructor'),
  );
  return fc
    .uniqueArray(fc.tuple(name, array), { maxLength: 6, selector: ([key]) => key })
    .map((entries) => new Map(entries.filter(([key]) => key !== '__metadata__')));
};
