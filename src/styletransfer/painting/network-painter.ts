import * as tf from '@tensorflow/tfjs-core';
import { compile, float32 } from '../../engine/index.js';
import { byteTensor, toBytes, widenBytes } from '../../engine/ops.js';
import type { PainterIdentity } from '../dataset/manifest.js';
import type { StyleNetwork } from '../network/network.js';
import { statisticsOf, statisticsTensor } from '../network/pack.js';
import type { StyleStatistics } from '../network/stats.js';
import { tensorStylizer } from '../network/tensor-stylizer.js';
import type { Painter, Picture } from './painter.js';
import { recentlyUsed } from './recent.js';
import { type TiledPainter, tiledPainter } from './tiles.js';

// Pixels that are painted whole, in about 2 GB; larger pictures are painted in tiles, at some ten times the work.
const LARGEST = { embedded: 16_000_000, vgg: 2_500_000 };
/** Compiled functions kept; a dataset of pictures of any size would else collect them without end. */
const KEPT_SHAPES = 64;

/**
 * A painter that runs a style network on the open engine; `dispose` waits for calls under way. Bytes go in and come out
 * of one compiled function. Styles are encoded one at a time, so that their statistics do not depend on the company.
 */
export function networkPainter(network: StyleNetwork, identity: PainterIdentity): Painter<StyleStatistics> {
  const { name, precision, channels } = network;
  const { encode, paint, parameter, dispose } = tensorStylizer(network);
  const largest = name.startsWith('vgg') ? LARGEST.vgg : LARGEST.embedded;
  const upload = uploader();
  let large: TiledPainter | undefined;
  const encoders = recentlyUsed(KEPT_SHAPES, () =>
    compile((bytes) => encode(unit(bytes!)), { precision, name: 'encode style' }),
  );
  const painters = recentlyUsed(KEPT_SHAPES, () =>
    // Without an alpha all the way, which needs fewer operations.
    compile(
      (bytes, styles, alpha) => toBytes(float32(paint(unit(bytes!), styles as tf.Tensor2D, alpha ?? 1))),
      { precision, name: 'stylize' },
    ),
  );
  let running = 0;
  let disposed = false;
  const end = (): void => {
    if (!disposed || running > 0) return;
    large?.dispose();
    encoders.clear();
    painters.clear();
    dispose();
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
        const packed = await run(encoders.get(`${input.shape}`), [input]);
        return statisticsOf(channels, packed as Float32Array)[0]!;
      }),
    paint: (contents, styles, alpha, signal) =>
      counted(async () => {
        const { width, height } = contents[0]!;
        if (width * height > largest) {
          large ??= tiledPainter(network, parameter);
          const tiled: Picture[] = [];
          for (const [row, content] of contents.entries())
            tiled.push({
              width,
              height,
              data: await large.paint(content, styles[row]!, alpha, signal && { signal }),
            });
          return tiled;
        }
        const input = upload(contents);
        const inputs = [
          input,
          statisticsTensor(channels, styles),
          ...(alpha === 1 ? [] : [tf.scalar(alpha)]),
        ];
        return pictures(await run(painters.get(`${input.shape}`), inputs), width, height);
      }),
    dispose() {
      if (disposed) return;
      disposed = true;
      end();
    },
  };
}

/** Bytes as pixels in 0..1, in float32 whatever the step's precision. */
const unit = (bytes: tf.Tensor): tf.Tensor4D => float32(tf.div(widenBytes(bytes), 255)) as tf.Tensor4D;

/** Calls a compiled function and reads its result; the inputs are disposed. */
async function run(
  step: (...inputs: tf.Tensor[]) => Promise<tf.Tensor>,
  inputs: tf.Tensor[],
): Promise<tf.TypedArray> {
  const result = step(...inputs);
  tf.dispose(inputs);
  const output = await result;
  return output.data().finally(() => output.dispose());
}

/** Uploads pictures of one size as bytes `[B, H, W, 3]`, by way of memory that it keeps. */
function uploader(): (pictures: readonly Picture[]) => tf.Tensor4D {
  let room = new Uint8Array(0);
  return (pictures) => {
    const { width, height } = pictures[0]!;
    const area = width * height * 3;
    const length = pictures.length * area;
    if (room.length < length) room = new Uint8Array(length);
    for (const [row, { data }] of pictures.entries()) room.set(data, row * area);
    return byteTensor(room.subarray(0, length), [pictures.length, height, width, 3]);
  };
}

/** The parts of a result, without copies. */
function pictures(values: tf.TypedArray, width: number, height: number): Picture[] {
  const all = values instanceof Uint8Array ? values : Uint8Array.from(values);
  const area = width * height * 3;
  return Array.from({ length: all.length / area }, (_, row) => ({
    width,
    height,
    data: all.subarray(row * area, (row + 1) * area),
  }));
}
