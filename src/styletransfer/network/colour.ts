import * as tf from '@tensorflow/tfjs-core';
import { float32 } from '../../engine/index.js';
import type { LargePicture } from '../painting/tile-plan.js';
import { ADAIN_EPSILON, type Moments, moments } from './adain.js';
import type { LayerStatistics } from './stats.js';

/** Brightness and two differences of colours, scaled to deviations of about 1: red, green and blue to each. */
const OPPONENT = [
  [0.9, 8, 4],
  [1.8, -8, 4],
  [0.3, 0, -8],
];
/** The way back. */
const RGB = inverse(OPPONENT);
/** Colours are compared without detail: means of so many pixels squared. */
export const COLOUR_SCALE = 4;
/** The three values and their sums in pairs, whose deviations tell the covariances. */
export const COLOUR_CHANNELS = 6;
/** Added to variances of the content, so that a grey picture's rounding errors do not become colours. */
const FLOOR = 0.01;

function inverse(matrix: readonly number[][]): number[][] {
  const [a, b, c, d, e, f, g, h, i] = matrix.flat();
  const [x, y, z] = [e! * i! - f! * h!, f! * g! - d! * i!, d! * h! - e! * g!];
  const determinant = a! * x + b! * y + c! * z;
  return [
    [x, c! * h! - b! * i!, b! * f! - c! * e!],
    [y, a! * i! - c! * g!, c! * d! - a! * f!],
    [z, b! * g! - a! * h!, a! * e! - b! * d!],
  ].map((row) => row.map((value) => value / determinant));
}

/** Coarse colours of pictures `[B, H, W, 3]`, as `[B, H / 4, W / 4, 6]`. */
export function coarseColours(image: tf.Tensor4D): tf.Tensor4D {
  const coarse = float32(tf.avgPool(float32(image), COLOUR_SCALE, COLOUR_SCALE, 'valid'));
  const [red, green, blue] = tf.split(coarse, 3, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const [light, warm, yellow] = [0, 1, 2].map((to) =>
    tf.addN([red, green, blue].map((channel, from) => tf.mul(channel, OPPONENT[from]![to]!))),
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return tf.concat(
    [light, warm, yellow, tf.add(light, warm), tf.add(light, yellow), tf.add(warm, yellow)],
    3,
  ) as tf.Tensor4D;
}

/** Statistics of a picture's colours: the first of the statistics of a style. */
export const colourMoments = (image: tf.Tensor4D): Moments => moments(coarseColours(image));

/** The same of a picture's bytes, without tensors: for pictures too large for one. */
export function colourStatistics({ data, width, height }: LargePicture): LayerStatistics {
  const [rows, columns] = [height, width].map((side) => Math.floor(side / COLOUR_SCALE)) as [number, number];
  const sums = new Float64Array(COLOUR_CHANNELS);
  const squares = new Float64Array(COLOUR_CHANNELS);
  const colour = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      colour.fill(0);
      for (let y = 0; y < COLOUR_SCALE; y++) {
        const start = 3 * ((row * COLOUR_SCALE + y) * width + column * COLOUR_SCALE);
        for (let at = 0; at < 3 * COLOUR_SCALE; at++) colour[at % 3]! += data[start + at]!;
      }
      const [light, warm, yellow] = [0, 1, 2].map(
        (to) =>
          colour.reduce((sum, value, from) => sum + value * OPPONENT[from]![to]!, 0) /
          (255 * COLOUR_SCALE ** 2),
      ) as [number, number, number];
      const values = [light, warm, yellow, light + warm, light + yellow, warm + yellow];
      for (const [channel, value] of values.entries()) {
        sums[channel]! += value;
        squares[channel]! += value * value;
      }
    }
  }
  const count = rows * columns;
  const mean = Float32Array.from(sums, (sum) => sum / count);
  const std = Float32Array.from(squares, (square, channel) => {
    const spread = Math.max(0, square - sums[channel]! ** 2 / count) / Math.max(1, count - 1);
    return Math.sqrt(spread + ADAIN_EPSILON);
  });
  return { mean, std };
}

/** Cholesky factor of the covariance of brightness and colours as six `[B, 1]`, row by row. */
function factor({ std }: Moments, floor: number): tf.Tensor[] {
  const flat = tf.reshape(std, [-1, COLOUR_CHANNELS]);
  const [a, b, c, ab, ac, bc] = tf.split(tf.square(flat), COLOUR_CHANNELS, 1) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const between = (both: tf.Tensor, one: tf.Tensor, other: tf.Tensor): tf.Tensor =>
    tf.mul(tf.sub(both, tf.add(one, other)), 0.5);
  const root = (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.add(tf.relu(x), floor));
  const l00 = root(a);
  // No covariance exceeds the deviations, which sums rounded to bf16 do not know: colours that vary along one line only
  // would come out as hundreds of times too strong.
  const bounded = (x: tf.Tensor, most: tf.Tensor): tf.Tensor => tf.minimum(tf.maximum(x, tf.neg(most)), most);
  const l10 = bounded(tf.div(between(ab, a, b), l00), root(b));
  const l20 = bounded(tf.div(between(ac, a, c), l00), root(c));
  const l11 = root(tf.sub(b, tf.square(l10)));
  const rest = tf.sub(c, tf.square(l20));
  const l21 = bounded(tf.div(tf.sub(between(bc, b, c), tf.mul(l20, l10)), l11), root(rest));
  const l22 = root(tf.sub(rest, tf.square(l21)));
  return [l00, l10, l11, l20, l21, l22];
}

/** `[B, 3, 3]` lower triangular from the six. */
function lower([l00, l10, l11, l20, l21, l22]: readonly tf.Tensor[]): tf.Tensor3D {
  const zero = tf.zerosLike(l00!);
  return tf.reshape(
    tf.concat([l00!, zero, zero, l10!, l11!, zero, l20!, l21!, l22!], 1),
    [-1, 3, 3],
  ) as tf.Tensor3D;
}

/** The inverse of a lower triangular matrix, of the same form. */
function inverted([l00, l10, l11, l20, l21, l22]: readonly tf.Tensor[]): tf.Tensor[] {
  const [i00, i11, i22] = [tf.reciprocal(l00!), tf.reciprocal(l11!), tf.reciprocal(l22!)];
  const i10 = tf.neg(tf.mul(tf.mul(l10!, i00), i11));
  const i21 = tf.neg(tf.mul(tf.mul(l21!, i11), i22));
  const i20 = tf.neg(tf.mul(tf.add(tf.mul(l20!, i00), tf.mul(l21!, i10)), i22));
  return [i00, i10, i11, i20, i21, i22];
}

/**
 * Pictures with the mean and covariance of the style's colours: linear, brightness from brightness alone, so that
 * light stays light; what colours the content had go where the style's vary. `alpha` as in `adain`.
 */
export function recolour(
  image: tf.Tensor4D,
  style: Moments,
  alpha: tf.Tensor | 1 = 1,
  content: Moments = colourMoments(image),
): tf.Tensor4D {
  const [batch] = image.shape;
  const opponent = tf.tensor2d(OPPONENT);
  const rgb = tf.tensor2d(RGB);
  const turn = tf.matMul(lower(factor(style, 1e-6)), lower(inverted(factor(content, FLOOR))));
  const count = turn.shape[0];
  const all = (matrix: tf.Tensor2D): tf.Tensor => tf.tile(tf.expandDims(matrix, 0), [count, 1, 1]);
  // Pixels are rows: from red, green, blue to opponents, turned, and back.
  const turned = tf.matMul(tf.matMul(all(opponent), turn, false, true), all(rgb));
  const strength = alpha === 1 ? 1 : tf.reshape(alpha, [-1, 1, 1]);
  const matrix = tf.add(tf.mul(tf.sub(turned, tf.eye(3)), strength), tf.eye(3));
  const centre = ({ mean }: Moments): tf.Tensor =>
    tf.matMul(tf.slice(tf.reshape(mean, [-1, 1, COLOUR_CHANNELS]), [0, 0, 0], [-1, 1, 3]), all(rgb));
  const shift = tf.mul(tf.sub(centre(style), tf.matMul(centre(content), turned)), strength);
  // A convolution for each picture is far faster than a product of so many short rows.
  const painted = Array.from({ length: batch }, (_, row) => {
    const at = Math.min(row, matrix.shape[0]! - 1);
    const picture = batch === 1 ? image : tf.slice(image, [row, 0, 0, 0], [1, -1, -1, -1]);
    const kernel = tf.reshape(tf.slice(matrix, [at, 0, 0], [1, 3, 3]), [1, 1, 3, 3]) as tf.Tensor4D;
    const bias = tf.reshape(tf.slice(shift, [Math.min(row, shift.shape[0]! - 1), 0, 0], [1, 1, 3]), [3]);
    return tf.add(tf.conv2d(picture, kernel, 1, 'same'), bias) as tf.Tensor4D;
  });
  return painted.length === 1 ? painted[0]! : tf.concat(painted);
}
