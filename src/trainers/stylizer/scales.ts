import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '../../core/rng.js';
import type { BatchSource } from './batches.js';
import type { PerceptualNetwork } from './perceptual.js';

const BATCHES = 4;

/** 1 / standard deviation of each perceptual layer over some contents and styles: layers then weigh alike. */
export async function layerScales(
  perceptual: PerceptualNetwork,
  source: BatchSource,
  seed: number,
  size: number,
): Promise<number[]> {
  const squares: number[] = [];
  const means: number[] = [];
  for (let index = 0; index < BATCHES; index++) {
    const { content, style, batch } = await source(Rng.of(seed).at('scales', index), 4, size);
    const shape: [number, number, number, number] = [batch, size, size, 3];
    const measured = tf.tidy(() =>
      tf.stack(
        perceptual
          .features(tf.concat([tf.tensor4d(content, shape), tf.tensor4d(style, shape)]))
          .flatMap((features) => [tf.mean(features), tf.mean(tf.square(features))]),
      ),
    );
    const values = await measured.data();
    measured.dispose();
    for (let layer = 0; layer < values.length / 2; layer++) {
      means[layer] = (means[layer] ?? 0) + values[2 * layer]! / BATCHES;
      squares[layer] = (squares[layer] ?? 0) + values[2 * layer + 1]! / BATCHES;
    }
  }
  return squares.map((square, layer) => 1 / Math.sqrt(Math.max(1e-12, square - means[layer]! ** 2)));
}
