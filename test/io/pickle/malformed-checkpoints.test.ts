import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { CuemixError } from '../../../src/core/errors.js';
import { type TensorFile, toFloat32 } from '../../../src/io/tensors/safetensors.js';
import { readWeights } from '../../../src/io/tensors/weights.js';
import { describeShared } from '../../helpers/shared.js';
import { codesOf, type Expectation, expectations } from '../support.js';

const EXECUTED = '/tmp/pickle-was-executed';

interface ExpectedTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sum: number;
  readonly values_rowmajor_first8: readonly number[];
}

const DTYPES: Readonly<Record<string, string>> = {
  float32: 'F32',
  float64: 'F64',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  uint8: 'U8',
  bool: 'BOOL',
};

function checkTensors(file: TensorFile, tensors: NonNullable<Expectation['tensors']>): void {
  expect([...file.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort());
  for (const [name, wanted] of Object.entries(tensors)) {
    const array = file.tensors.get(name)!;
    const values = [...toFloat32(array)];
    if (Array.isArray(wanted)) expect(values, name).toEqual(wanted);
    else {
      const { shape, dtype, sum, values_rowmajor_first8: first } = wanted as ExpectedTensor;
      expect(array.shape, name).toEqual(shape);
      expect(array.dtype, name).toBe(DTYPES[dtype]);
      expect(values.slice(0, 8), name).toEqual(first.map((value) => Math.fround(value)));
      const total = values.reduce((a, b) => a + b, 0);
      expect(Math.abs(total - sum), name).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(sum)));
    }
  }
}

describeShared('every malformed checkpoint', (shared) => {
  beforeAll(() => expect(existsSync(EXECUTED)).toBe(false));
  afterEach(() => expect(existsSync(EXECUTED)).toBe(false));

  const cases = expectations(shared, 'checkpoints');
  it('is listed', () => expect(cases.length).toBe(45));

  it.each(cases)('%s', { timeout: 10_000 }, async (name, expected) => {
    const path = join(shared, 'data/malformed/checkpoints', name);
    const before = process.memoryUsage().rss;
    const outcome = await readWeights(path).catch((error: unknown) => error);
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
    if (outcome instanceof Error) {
      expect(expected.outcome).not.toBe('ok');
      expect(outcome).toBeInstanceOf(CuemixError);
      expect(outcome.message).toContain(path);
      expect(codesOf(expected.kind)).toContain((outcome as CuemixError).code);
      return;
    }
    expect(expected.outcome).not.toBe('error');
    const file = outcome as TensorFile;
    if (expected.tensors !== undefined) checkTensors(file, expected.tensors);
    if (expected.tensor_count !== undefined) expect(file.tensors.size).toBe(expected.tensor_count);
  });

  it('a rewritten pickle gives the tensor it describes', async () => {
    const folder = join(shared, 'data/malformed/checkpoints');
    const { tensors } = await readWeights(join(folder, 'control_rebuilt_pickle.pth'));
    const valid = await readWeights(join(folder, 'valid_zip.pth'));
    expect([...tensors.keys()]).toEqual(['w']);
    expect(tensors.get('w')).toEqual(valid.tensors.get('conv.weight'));
  });

  it('drops the prefix of data-parallel training', async () => {
    const { tensors } = await readWeights(join(shared, 'data/malformed/checkpoints/valid_nested.pth.tar'));
    expect(tensors.has('conv.weight')).toBe(true);
  });
});
