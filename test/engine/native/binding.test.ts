import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from '../../../src/engine/index.js';
import { ATTR } from '../../../src/engine/native/attributes.js';
import type { TensorFlowBinding } from '../../../src/engine/native/binding.js';
import { DataType } from '../../../src/engine/native/data-type.js';
import { tensorFlowBackend } from '../../../src/engine/native/session.js';
import type { Values } from '../../../src/engine/native/values.js';

let binding: TensorFlowBinding;
beforeAll(async () => {
  await openEngine();
  binding = tensorFlowBackend()!.binding;
});

describe('values survive the way to TensorFlow and back', () => {
  test.each([
    ['float32', DataType.FLOAT, Float32Array.of(1.5, -0, Number.NaN, 3e38)],
    ['float64', DataType.DOUBLE, Float64Array.of(Math.PI, 1e-300)],
    ['int32', DataType.INT32, Int32Array.of(-5, 2 ** 31 - 1)],
    ['int64', DataType.INT64, BigInt64Array.of(-(2n ** 62n), 7n)],
    ['uint8', DataType.UINT8, Uint8Array.of(0, 255)],
    ['bfloat16', DataType.BFLOAT16, Uint16Array.of(0x3f80, 0xbf80)],
    ['nothing', DataType.FLOAT, new Float32Array()],
    ['strings', DataType.STRING, [Buffer.from('a'), Buffer.alloc(0), Buffer.from('é'.repeat(100))]],
  ])('%s', (_name, dtype, values) => {
    const id = binding.createTensor([values.length], dtype, values as Values);
    const read = binding.tensorDataSync(id) as ArrayLike<unknown>;
    expect(Array.from(read, (value) => (value instanceof Uint8Array ? Buffer.from(value) : value))).toEqual([
      ...values,
    ]);
    binding.deleteTensor(id);
  });

  test('a view into a larger buffer', () => {
    const all = Float32Array.of(1, 2, 3, 4);
    const id = binding.createTensor([2], DataType.FLOAT, all.subarray(1, 3));
    expect([...(binding.tensorDataSync(id) as Float32Array)]).toEqual([2, 3]);
    binding.deleteTensor(id);
  });
});

describe('misuse is an EngineError and leaves the binding usable', () => {
  let id: number;
  beforeAll(() => {
    id = binding.createTensor([2, 2], DataType.FLOAT, Float32Array.of(1, 2, 3, 4));
  });

  test.each<[string, RegExp, () => unknown]>([
    ['unknown op', /NoSuchOp/, () => binding.executeOp('NoSuchOp', [], [], 1)],
    ['disposed tensor', /live tensor/, () => binding.executeOp('Relu', [], [987_654], 1)],
    ['wrong size', /16 bytes/, () => binding.createTensor([4], DataType.FLOAT, new Float32Array(3))],
    [
      'shapes that do not fit',
      /MatMul/,
      () => {
        const other = binding.createTensor([3, 2], DataType.FLOAT, new Float32Array(6));
        try {
          return binding.executeOp('MatMul', [{ name: 'T', type: ATTR.TYPE, value: 1 }], [id, other], 1);
        } finally {
          binding.deleteTensor(other);
        }
      },
    ],
    [
      'two lists of inputs and nothing that tells them apart',
      /attribute T of op DynamicStitch.*length N/,
      () => binding.executeOp('DynamicStitch', [], [id, id], 1),
    ],
    [
      'attribute of the wrong kind',
      /attribute T of op Relu/,
      () => binding.executeOp('Relu', [{ name: 'T', type: ATTR.TYPE, value: 'float' }], [id], 1),
    ],
  ])('%s', (_name, message, act) => {
    const handles = binding.getNumOfTensors();
    expect(act).toThrow(message);
    expect(binding.getNumOfTensors()).toBe(handles);
    const [output] = binding.executeOp('Neg', [{ name: 'T', type: ATTR.TYPE, value: 1 }], [id], 1);
    expect([...(binding.tensorDataSync(output!.id) as Float32Array)]).toEqual([-1, -2, -3, -4]);
    binding.deleteTensor(output!.id);
  });

  test('an asynchronous failure rejects', async () => {
    const vector = binding.createTensor([3], DataType.FLOAT, new Float32Array(3));
    await expect(binding.executeOpAsync('MatMul', [], [id, vector], 1)).rejects.toThrow(/MatMul/);
    binding.deleteTensor(vector);
  });
});

test('tfjs ops and layers of stock tfjs-core run on it', () => {
  const result = tf.tidy(() => {
    const x = tf.reshape(tf.range(0, 16), [1, 4, 4, 1]) as tf.Tensor4D;
    return [...tf.avgPool(x, 2, 2, 'valid').dataSync()];
  });
  expect(result).toEqual([2.5, 4.5, 10.5, 12.5]);
});
