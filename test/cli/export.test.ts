import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/program.js';
import { openEngine } from '../../src/engine/index.js';
import { readSafetensors, writeSafetensors } from '../../src/io/tensors/safetensors.js';
import { resnet, saveModel } from '../../src/models/index.js';
import { recordOutput } from './recorder.js';

const OPTIONS = { block: 'basic', layers: [1, 1, 1, 1], classes: 3, routes: ['main', 'aux'] } as const;
const CLASSES = ['cat', 'dog', 'bird'];

let folder = '';
let checkpoint = '';
let expected: number[] = [];
const picture = Float32Array.from({ length: 3 * 32 * 32 }, (_, index) => Math.sin(index));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuemix-export-'));
  checkpoint = join(folder, 'net.safetensors');
  await openEngine();
  const model = resnet({ ...OPTIONS, layers: [...OPTIONS.layers], routes: [...OPTIONS.routes] });
  await saveModel(model, checkpoint, CLASSES);
  expected = tf.tidy(() => {
    const x = tf.transpose(tf.tensor4d(picture, [1, 3, 32, 32]), [0, 2, 3, 1]);
    return [...model.apply(x).dataSync()];
  });
  model.dispose();
});

afterAll(() => rm(folder, { recursive: true }));

async function call(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const output = recordOutput();
  const code = await run(['export', ...argv], output);
  return { code, out: output.stdout, err: output.stderr };
}

test('writes a checkpoint as ONNX that answers alike, and says what goes in and out', async () => {
  const out = join(folder, 'net.onnx');
  const before = tf.memory().numTensors;
  const told = await call(checkpoint, '--out', out, '--input', '32x32x3', '--json');
  expect(told).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(told.out)).toMatchObject({
    out,
    input: ['batch', 3, 32, 32],
    output: ['batch', 3],
    classes: CLASSES,
  });
  expect(tf.memory().numTensors).toBe(before);
  const session = await InferenceSession.create(await readFile(out));
  const { output } = await session.run({ input: new Tensor('float32', picture, [1, 3, 32, 32]) });
  (output!.data as Float32Array).forEach((value, index) => {
    expect(Math.abs(value - expected[index]!)).toBeLessThan(1e-4);
  });
  await session.release();
});

test('of a configuration with fresh weights it warns', async () => {
  const config = join(folder, 'own.json');
  await writeFile(config, JSON.stringify({ family: 'resnet', options: OPTIONS }));
  const { code, out, err } = await call(config, '--out', join(folder, 'fresh.onnx'), '--input', '32x32x3');
  expect(code).toBe(0);
  expect(out).toContain('input [batch, 3, 32, 32], output [batch, 3]');
  expect(err).toContain('initial ones');
});

test.each([
  ['no file to write', () => [checkpoint], /--out/],
  ['an unknown network', () => ['resnet51', '--out', 'x.onnx'], /resnet51/],
  ['an impossible shape', () => [checkpoint, '--out', 'x.onnx', '--input', '32by32'], /32by32/],
  [
    'weights beside a checkpoint',
    () => [checkpoint, '--out', 'x.onnx', '--weights', checkpoint],
    /weights file itself/,
  ],
  ['an unknown route', () => [checkpoint, '--out', 'x.onnx', '--route', 'third'], /route/],
])('refuses %s with exit code 2 and writes nothing', async (_, argv, message) => {
  const before = await readdir(folder);
  const { code, err } = await call(...argv());
  expect(code).toBe(2);
  expect(err).toMatch(message);
  expect(await readdir(folder)).toEqual(before);
});

test('takes the size that the checkpoint was trained for', async () => {
  const trained = join(folder, 'trained.safetensors');
  const { tensors, metadata } = readSafetensors(await readFile(checkpoint), checkpoint);
  const transforms = [
    { name: 'resize', options: { fit: 'short', size: 37 } },
    { name: 'centerCrop', options: { size: 32 } },
  ];
  const told = new Map([...metadata, ['cuemix.preprocessing', JSON.stringify({ transforms })]]);
  await writeFile(trained, writeSafetensors(tensors, told));
  const { out } = await call(trained, '--out', join(folder, 'trained.onnx'), '--json');
  expect(JSON.parse(out).input).toEqual(['batch', 3, 32, 32]);
});
