/**
 * An encoder for the VGG path out of the convolutions of a VGG-16:
 *
 * node scripts/vgg-encoder.mjs VGG16.safetensors PHOTOGRAPHS OUT.safetensors [--pictures 64] [--size 128]
 *
 * The file has `conv1_1.weight` ... `conv4_1.bias`, for blue-green-red input from 0 to 255 less the means. The VGG path expects
 * the layers of a VGG-19: its fourth convolution of 256 channels, which a VGG-16 lacks, becomes the identity. Each layer is
 * scaled so that its mean activation over the photographs is 1, as in the published `vgg_normalised.pth`.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { openEngine } from '../dist/engine/index.js';
import { fromFloat32, toFloat32 } from '../dist/io/tensors/safetensors.js';
import { readWeights, writeWeights } from '../dist/io/tensors/weights.js';
import { centreSquares, listPictures } from '../dist/trainers/index.js';
import { fail } from './support/run.mjs';

const MEANS = [104.00699, 116.66877, 122.67892];
/** Position in the published list, the layer of VGG-16 or the channels of an identity, and whether a pooling follows. */
const LAYERS = [
  { index: 2, from: 'conv1_1' },
  { index: 5, from: 'conv1_2', pool: true },
  { index: 9, from: 'conv2_1' },
  { index: 12, from: 'conv2_2', pool: true },
  { index: 16, from: 'conv3_1' },
  { index: 19, from: 'conv3_2' },
  { index: 22, from: 'conv3_3' },
  { index: 25, identity: 256, pool: true },
  { index: 29, from: 'conv4_1' },
];

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { pictures: { type: 'string', default: '64' }, size: { type: 'string', default: '128' } },
  });
  const [weights, photographs, out] = positionals;
  if (out === undefined) throw new Error('Expected VGG16.safetensors PHOTOGRAPHS OUT.safetensors.');
  await openEngine();
  const all = await listPictures([photographs]);
  const count = Math.min(Number(values.pictures), all.length);
  const chosen = Array.from({ length: count }, (_, at) => all[Math.floor((at * all.length) / count)]);
  const size = Number(values.size);
  const pixels = tf.tensor4d(await centreSquares(chosen, size), [count, size, size, 3]);
  await writeWeights(out, normalised(await readWeights(weights), pixels), new Map());
} catch (error) {
  fail(error);
}

/** The encoder's arrays under their published names; `pixels`: photographs `[B, H, W, 3]` in 0..1. */
function normalised({ tensors }, pixels) {
  const turned = [0, 0, 255, 0, 255, 0, 255, 0, 0]; // [out, in]: to blue, green, red, 0 to 255
  const made = new Map([
    ['0.weight', fromFloat32(Float32Array.from(turned), [3, 3, 1, 1])],
    [
      '0.bias',
      fromFloat32(
        Float32Array.from(MEANS, (mean) => -mean),
        [3],
      ),
    ],
  ]);
  let x = tf.tidy(() => tf.sub(tf.mul(tf.reverse(pixels, 3), 255), MEANS));
  let before = 1; // the mean activation that the layer before had
  for (const { index, from, identity, pool } of LAYERS) {
    const kernel = from === undefined ? unit(identity) : tensors.get(`${from}.weight`);
    const bias = from === undefined ? new Float32Array(identity) : toFloat32(tensors.get(`${from}.bias`));
    const values = from === undefined ? kernel.values : toFloat32(kernel);
    const weight = tf.tensor4d(values, kernel.shape);
    const { y, mean } = tf.tidy(() => {
      const padded = tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ],
        'reflect',
      );
      const y = tf.relu(tf.add(tf.conv2d(padded, tf.transpose(weight, [2, 3, 1, 0]), 1, 'valid'), bias));
      return { y: pool ? tf.maxPool(y, 2, 2, 'same') : y, mean: tf.mean(y).dataSync()[0] };
    });
    made.set(
      `${index}.weight`,
      fromFloat32(
        values.map((value) => (value * before) / mean),
        kernel.shape,
      ),
    );
    made.set(
      `${index}.bias`,
      fromFloat32(
        bias.map((value) => value / mean),
        [bias.length],
      ),
    );
    tf.dispose([x, weight]);
    [x, before] = [y, mean];
  }
  x.dispose();
  return made;
}

/** A 3×3 kernel `[out, in, 3, 3]` that gives back what comes in. */
function unit(channels) {
  const values = new Float32Array(channels * channels * 9);
  for (let channel = 0; channel < channels; channel++) values[(channel * channels + channel) * 9 + 4] = 1;
  return { values, shape: [channels, channels, 3, 3] };
}
