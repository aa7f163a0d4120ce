import * as tf from '@tensorflow/tfjs-core';
import { toBytes, uint8Tensor } from '../../engine/ops.js';
import type { PainterIdentity } from '../dataset/manifest.js';
import type { StyleStatistics } from '../network/stats.js';
import type { StyleModel } from '../network/style-model.js';
import type { Painter, Picture } from './painter.js';

// Pixels that are painted whole, in about 2 GB; larger pictures are painted in tiles, at some ten times the work.
const LARGEST = { embedded: 16_000_000, vgg: 2_500_000 };

/**
 * A painter that runs a style network on the open engine. It owns the network; `dispose` waits for calls under way.
 * Styles are encoded one at a time, so that their statistics do not depend on the company.
 */
export function networkPainter(model: StyleModel, identity: PainterIdentity): Painter<StyleStatistics> {
  const largest = model.name.startsWith('vgg') ? LARGEST.vgg : LARGEST.embedded;
  let running = 0;
  let disposed = false;
  const end = (): void => {
    if (disposed && running === 0) model.dispose();
  };
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    running++;
    try {
      return await work();
    } finally {
      running--;
      end();
    }
  };
  return {
    identity,
    encodeStyle: (style) =>
      counted(async () => {
        const input = upload([style]);
        try {
          const [statistics] = await model.encodeStyles(input);
          return statistics!;
        } finally {
          input.dispose();
        }
      }),
    paint: (contents, styles, alpha) =>
      counted(async () => {
        const { width, height } = contents[0]!;
        if (width * height > largest) {
          const large: Picture[] = [];
          for (const [row, content] of contents.entries()) {
            large.push({ width, height, data: await model.stylizeLarge(content, styles[row]!, alpha) });
          }
          return large;
        }
        const input = upload(contents);
        let output: tf.Tensor4D | undefined;
        try {
          output = await model.stylize(input, styles, alpha);
          return await download(output, contents);
        } finally {
          tf.dispose(output === undefined ? [input] : [input, output]);
        }
      }),
    dispose() {
      if (disposed) return;
      disposed = true;
      end();
    },
  };
}

/** Pictures of one size as `[B, H, W, 3]` in 0..1. */
function upload(pictures: readonly Picture[]): tf.Tensor4D {
  const { width, height } = pictures[0]!;
  const bytes = new Uint8Array(pictures.length * width * height * 3);
  for (const [row, { data }] of pictures.entries()) bytes.set(data, row * width * height * 3);
  return tf.tidy(() => tf.div(uint8Tensor(bytes, [pictures.length, height, width, 3]), 255) as tf.Tensor4D);
}

async function download(output: tf.Tensor4D, like: readonly Picture[]): Promise<Picture[]> {
  const { width, height } = like[0]!;
  const rounded = tf.tidy(() => toBytes(output));
  try {
    const values = await rounded.data();
    const all = values instanceof Uint8Array ? values : Uint8Array.from(values);
    const size = width * height * 3;
    return like.map((_, row) => ({ width, height, data: all.subarray(row * size, (row + 1) * size) }));
  } finally {
    rounded.dispose();
  }
}
