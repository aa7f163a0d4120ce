import * as tf from '@tensorflow/tfjs-core';
import { reorder } from '../../transforms/batch/mixing.js';
import type { TensorStylizer } from '../network/tensor-stylizer.js';

/** Where styles come from: other elements of the batch, or rows `[N, S]` of a bank's statistics. */
export type StyleSource = { readonly from: 'batch' } | { readonly from: 'bank'; readonly bank: tf.Tensor2D };

/** What a painted view is made of, as tensors: inside a compiled step feed them as inputs. */
export interface CuePaint {
  readonly source: StyleSource;
  /** [B] int32: the place of each element's style in its source. */
  readonly styles: tf.Tensor1D;
  /** [B] from 0 (content) to 1 (style). */
  readonly alpha: tf.Tensor1D;
  /** Shorter side of the view in pixels; the batch's own unless told. */
  readonly side?: number | undefined;
}

const MIN_SIDE = 16;

/**
 * The pictures or clips `[B, …, H, W, 3]` in 0..1 with the texture of their styles: nearest-neighbour resize to the
 * view's side, then style transfer, as in the code of arXiv 2010.05981. Not clipped. All frames of a clip take the
 * style's frame in the middle. Pure tensor code. Throws Error for other channels and for sides below 16.
 */
export function cueConflictTensor(
  stylizer: TensorStylizer,
  x: tf.Tensor,
  { source, styles, alpha, side }: CuePaint,
): tf.Tensor {
  return tf.tidy(() => {
    const [batch, ...axes] = x.shape as [number, ...number[]];
    const [height, width, channels] = axes.slice(-3) as [number, number, number];
    if (channels !== 3 || Math.min(height, width) < MIN_SIDE) {
      throw new Error(
        `expected pictures of 3 channels with sides of ${MIN_SIDE} pixels at least but received [${x.shape}].`,
      );
    }
    const frames = axes.slice(0, -3).reduce((count, extent) => count * extent, 1);
    const content = shrunk(x, side) as tf.Tensor4D;
    const statistics =
      source.from === 'bank'
        ? reorder(source.bank, styles)
        : reorder(stylizer.encode(middleFrames(content, batch, frames)), styles);
    const painted = stylizer.paint(
      content,
      perFrame(statistics, frames) as tf.Tensor2D,
      tf.reshape(perFrame(tf.reshape(alpha, [batch, 1]), frames), [batch * frames, 1, 1, 1]),
    );
    return tf.reshape(painted, [batch, ...axes.slice(0, -3), ...painted.shape.slice(1)]);
  });
}

/**
 * `[B, …, H, W, C]` as `[B · frames, h, w, C]` whose shorter side is `side`, by nearest neighbour (source index
 * `floor(i · in / out)`, as PyTorch's).
 */
export function shrunk(x: tf.Tensor, side: number | undefined): tf.Tensor {
  const [height, width, channels] = x.shape.slice(-3) as [number, number, number];
  const flat = tf.reshape(x, [-1, height, width, channels]) as tf.Tensor4D;
  const scale = side === undefined ? 1 : side / Math.min(height, width);
  const [h, w] = [Math.round(height * scale), Math.round(width * scale)];
  return h === height && w === width ? flat : tf.image.resizeNearestNeighbor(flat, [h, w]);
}

/** Of `[B · frames, …]` the frame in the middle of each element, `[B, …]`. */
function middleFrames(x: tf.Tensor4D, batch: number, frames: number): tf.Tensor4D {
  if (frames === 1) return x;
  const [, height, width, channels] = x.shape;
  const clips = tf.reshape(x, [batch, frames, height * width * channels]);
  const middle = tf.slice(clips, [0, frames >> 1, 0], [batch, 1, height * width * channels]);
  return tf.reshape(middle, [batch, height, width, channels]);
}

/** Rows `[B, S]` repeated for each frame, `[B · frames, S]`. */
function perFrame(rows: tf.Tensor, frames: number): tf.Tensor {
  if (frames === 1) return rows;
  const [batch, size] = rows.shape as [number, number];
  return tf.reshape(tf.tile(tf.expandDims(rows, 1), [1, frames, 1]), [batch * frames, size]);
}
