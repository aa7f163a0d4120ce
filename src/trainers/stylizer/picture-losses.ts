import * as tf from '@tensorflow/tfjs-core';
import { float32 } from '../../engine/index.js';

/** Mean squared step between neighbouring pixels. */
export function variationLoss(image: tf.Tensor4D): tf.Scalar {
  const [batch, height, width, channels] = image.shape;
  const part = (y: number, x: number, rows: number, columns: number): tf.Tensor4D =>
    tf.slice(image, [0, y, x, 0], [batch, rows, columns, channels]);
  const rows = tf.squaredDifference(part(1, 0, height - 1, width), part(0, 0, height - 1, width));
  const columns = tf.squaredDifference(part(0, 1, height, width - 1), part(0, 0, height, width - 1));
  return tf.add(tf.mean(rows), tf.mean(columns));
}

/** Mean square of what lies outside 0..1. */
export function rangeLoss(image: tf.Tensor4D): tf.Scalar {
  return tf.mean(tf.add(tf.square(tf.relu(tf.neg(image))), tf.square(tf.relu(tf.sub(image, 1)))));
}

/** Pixels after which a pattern of the network's own repeats: one position at its coarsest. */
const PERIOD = 8;

/**
 * Variance of the picture that remains when all blocks of 8×8 pixels are averaged, whole blocks only: nearly nothing
 * in a picture of anything, much in one under a lattice that keeps step with the network.
 */
export function gridLoss(image: tf.Tensor4D): tf.Scalar {
  const [batch, height, width, channels] = image.shape;
  const [rows, columns] = [Math.floor(height / PERIOD), Math.floor(width / PERIOD)];
  const whole = tf.slice(image, [0, 0, 0, 0], [batch, rows * PERIOD, columns * PERIOD, channels]);
  const down = tf.mean(tf.reshape(whole, [batch, rows, PERIOD, columns * PERIOD, channels]), 1);
  const block = tf.mean(tf.reshape(down, [batch, PERIOD, columns, PERIOD, channels]), 2);
  return tf.mean(tf.square(tf.sub(block, tf.mean(block, [1, 2], true))));
}

const LIGHT = [0.299, 0.587, 0.114];
/** Rows and columns between the positions that are compared: along both axes and both diagonals. */
const STEPS: readonly (readonly [number, number])[] = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((step) => [
  [0, step] as const,
  [step, 0] as const,
  ...(step > 6 ? [] : [[step, step] as const, [step, -step] as const]),
]);

/**
 * Half the mean squared difference of brightness between positions so many pixels apart, `[B, steps]`: how fine a
 * picture's grain is, which way its lines run, and after how many pixels they come again.
 */
export function variogram(image: tf.Tensor4D): tf.Tensor2D {
  // In float32: what is compared are small differences.
  const grey = tf.sum(tf.mul(float32(image), tf.tensor1d(LIGHT)), 3, true);
  const [batch, height, width] = image.shape;
  const part = (top: number, left: number, rows: number, columns: number): tf.Tensor2D =>
    tf.reshape(tf.slice(grey, [0, top, left, 0], [batch, rows, columns, 1]), [batch, -1]) as tf.Tensor2D;
  const levels = STEPS.map(([down, across]) => {
    const [rows, columns] = [height - down, width - Math.abs(across)];
    const right = Math.max(0, across);
    const left = Math.max(0, -across);
    const apart = tf.squaredDifference(part(0, left, rows, columns), part(down, right, rows, columns));
    return tf.mul(tf.mean(apart, 1), 0.5);
  });
  return tf.stack(levels, 1) as tf.Tensor2D;
}
