import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, toFloat32 } from '../../src/io/tensors/safetensors.js';

/** Values of one stored tensor: floats, or bytes as they are. */
export function goldenReader(shared: string, file: string): (name: string) => ArrayLike<number> {
  const { tensors } = readSafetensors(readFileSync(join(shared, 'golden', file)), file);
  return (name) => {
    const found = tensors.get(name);
    if (found === undefined) throw new Error(`Expected ${name} in ${file}.`);
    if (found.dtype === 'U8') return found.data;
    if (found.dtype === 'F32') return toFloat32(found);
    const { buffer, byteOffset, byteLength } = new Uint8Array(found.data); // aligned copy of int64
    return Array.from(new BigInt64Array(buffer, byteOffset, byteLength / 8), Number);
  };
}

/** The manifest entry of a case, unchecked JSON. */
export function goldenCase(shared: string, name: string): Record<string, unknown> {
  const manifest: unknown = JSON.parse(readFileSync(join(shared, 'golden/manifest.json'), 'utf8'));
  const { cases } = manifest as { cases: ({ case: string } & Record<string, unknown>)[] };
  const found = cases.find((entry) => entry.case === name);
  if (found === undefined) throw new Error(`Expected a golden case ${name}.`);
  return found;
}

/** Largest absolute difference. */
export function worst(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length)
    throw new Error(`Expected ${expected.length} values but received ${got.length}.`);
  let most = 0;
  for (let index = 0; index < got.length; index++)
    most = Math.max(most, Math.abs(got[index]! - expected[index]!));
  return most;
}
