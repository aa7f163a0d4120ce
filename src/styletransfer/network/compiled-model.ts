import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../core/errors.js';
import { compile } from '../../engine/index.js';
import { recentlyUsed } from '../painting/recent.js';
import { type TiledPainter, tiledPainter } from '../painting/tiles.js';
import type { StyleNetwork } from './network.js';
import { statisticsOf, statisticsTensor } from './pack.js';
import type { StyleModel } from './style-model.js';
import { tensorStylizer } from './tensor-stylizer.js';

/** Reflection needs something to reflect. */
const MIN_SIDE = 16;
/** Compiled functions kept per model; a dataset of pictures of any size would else collect them without end. */
const KEPT_SHAPES = 64;

function checkPictures(x: tf.Tensor4D, what: string): void {
  const [, height, width, channels] = x.shape;
  if (channels !== 3 || Math.min(height, width) < MIN_SIDE) {
    throw new UsageError(
      `Expected ${what} [batch, height, width, 3] with sides of ${MIN_SIDE} pixels at least but received [${x.shape}].`,
    );
  }
}

/** Makes a model of a network: its weights as variables, one compiled function per picture size. */
export function compiledModel(network: StyleNetwork): StyleModel {
  const { name, multiple, precision, channels } = network;
  const { encode, paint, parameter, dispose } = tensorStylizer(network);
  let large: TiledPainter | undefined;
  const encoders = recentlyUsed(KEPT_SHAPES, () =>
    compile((images) => encode(images as tf.Tensor4D), { precision, name: 'encode style' }),
  );
  const painters = recentlyUsed(KEPT_SHAPES, () =>
    // Without an alpha all the way, which needs fewer operations.
    compile((content, styles, alpha) => paint(content as tf.Tensor4D, styles as tf.Tensor2D, alpha ?? 1), {
      precision,
      name: 'stylize',
    }),
  );
  return {
    name,
    multiple,
    precision,
    encodeStyles: async (images) => {
      checkPictures(images, 'styles');
      const packed = await encoders.get(`${images.shape}`)(images);
      const values = (await packed.data()) as Float32Array;
      packed.dispose();
      return statisticsOf(channels, values);
    },
    stylize: async (content, styles, alpha) => {
      checkPictures(content, 'content');
      if (styles.length !== content.shape[0]) {
        throw new UsageError(
          `Expected one style for each of ${content.shape[0]} pictures but received ${styles.length}.`,
        );
      }
      if (!(alpha >= 0 && alpha <= 1))
        throw new UsageError(`Expected alpha from 0 to 1 but received ${alpha}.`);
      const inputs = [
        content,
        statisticsTensor(channels, styles),
        ...(alpha === 1 ? [] : [tf.scalar(alpha)]),
      ];
      const painted = painters.get(`${content.shape}`)(...inputs);
      tf.dispose(inputs.slice(1));
      return painted as Promise<tf.Tensor4D>;
    },
    stylizeLarge: (picture, style, alpha, options) => {
      large ??= tiledPainter(network, parameter);
      return large.paint(picture, style, alpha, options);
    },
    dispose: () => {
      large?.dispose();
      encoders.clear();
      painters.clear();
      dispose();
    },
  };
}
