import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../../core/errors.js';
import type { Moments } from './adain.js';
import type { StyleStatistics } from './stats.js';

/** Statistics of a batch as one matrix `[B, 2 * channels of all layers]`: means and deviations layer by layer. */
export function packStatistics(layers: readonly Moments[]): tf.Tensor2D {
  const rows = layers.flatMap(({ mean, std }) => [mean, std]).map((x) => tf.reshape(x, [x.shape[0], -1]));
  return tf.concat(rows, 1) as tf.Tensor2D;
}

/** The inverse of `packStatistics`, for layers of so many channels. */
export function unpackStatistics(channels: readonly number[], packed: tf.Tensor2D): Moments[] {
  const [batch] = packed.shape;
  let at = 0;
  const take = (count: number): tf.Tensor4D => {
    const part = tf.slice(packed, [0, at], [batch, count]);
    at += count;
    return tf.reshape(part, [batch, 1, 1, count]);
  };
  return channels.map((count) => ({ mean: take(count), std: take(count) }));
}

const rowLength = (channels: readonly number[]): number =>
  2 * channels.reduce((sum, count) => sum + count, 0);

/** A read matrix of `packStatistics` as the statistics of each picture. */
export function statisticsOf(channels: readonly number[], values: Float32Array): StyleStatistics[] {
  const length = rowLength(channels);
  return Array.from({ length: values.length / length }, (_, row) => {
    let at = row * length;
    const take = (count: number): Float32Array => {
      at += count;
      return values.slice(at - count, at);
    };
    return { layers: channels.map((count) => ({ mean: take(count), std: take(count) })) };
  });
}

/** Statistics of several styles as the matrix that `unpackStatistics` takes. Throws `ShapeError` for another network's. */
export function statisticsTensor(
  channels: readonly number[],
  styles: readonly StyleStatistics[],
): tf.Tensor2D {
  const length = rowLength(channels);
  const values = new Float32Array(styles.length * length);
  styles.forEach(({ layers }, row) => {
    const received = layers.map(({ mean }) => mean.length);
    if (`${received}` !== `${channels}`) throw new ShapeError('style statistics', channels, received);
    let at = row * length;
    for (const { mean, std } of layers) {
      values.set(mean, at);
      values.set(std, at + mean.length);
      at += 2 * mean.length;
    }
  });
  return tf.tensor2d(values, [styles.length, length]);
}
