import type * as tf from '@tensorflow/tfjs-core';
import type { LargePicture, TileOptions } from '../painting/tile-plan.js';
import type { StyleStatistics } from './stats.js';

/** A network that paints a content picture with the statistics of a style, whichever path it takes inside. */
export interface StyleModel {
  /** `embedded` or `vgg`, with the start of its weights' SHA-256: part of a dataset's recipe. */
  readonly name: string;
  /** Sides that are a multiple of this need no padding inside; other sides are padded by reflection and cropped back. */
  readonly multiple: number;
  /** What it computes in. */
  readonly precision: 'fp32' | 'bf16';
  /** Statistics of each style of a batch `[B, H, W, 3]` in 0..1; sides of 16 at least. */
  encodeStyles(images: tf.Tensor4D): Promise<StyleStatistics[]>;
  /**
   * `content` `[B, H, W, 3]` in 0..1 painted with one style per row; `alpha` 0 (content) to 1 (style).
   * The result has the content's shape; the caller clips it to 0..1 and disposes it.
   */
  stylize(content: tf.Tensor4D, styles: readonly StyleStatistics[], alpha: number): Promise<tf.Tensor4D>;
  /**
   * Paints one picture of any size in tiles, with the statistics of the whole picture at every layer: no seams, the
   * same result as `stylize`, memory that does not grow with the picture, about ten times the work.
   */
  stylizeLarge(
    picture: LargePicture,
    style: StyleStatistics,
    alpha: number,
    options?: TileOptions,
  ): Promise<Uint8Array>;
  /** Frees weights and compiled functions. */
  dispose(): void;
}
