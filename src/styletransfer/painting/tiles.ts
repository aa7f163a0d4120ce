import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../core/errors.js';
import { type Compiled, compile } from '../../engine/index.js';
import { ADAIN_EPSILON, type Moments } from '../network/adain.js';
import { colourStatistics } from '../network/colour.js';
import type { StyleNetwork } from '../network/network.js';
import { statisticsTensor, unpackStatistics } from '../network/pack.js';
import type { ParameterOf } from '../network/parameters.js';
import type { LayerStatistics, StyleStatistics } from '../network/stats.js';
import { swapLayer } from '../network/swap.js';
import {
  type Axis,
  type LargePicture,
  planAxis,
  reflected,
  type Span,
  type TileOptions,
} from './tile-plan.js';

/** Paints pictures tile by tile. */
export interface TiledPainter {
  paint(
    picture: LargePicture,
    style: StyleStatistics,
    alpha: number,
    options?: TileOptions,
  ): Promise<Uint8Array>;
  dispose(): void;
}

interface Tile {
  readonly y: Span;
  readonly x: Span;
}

const DEFAULT_TILE = 512;

/** The pixels of a tile's window, in 0..1. */
function windowOf(
  picture: LargePicture,
  rows: Axis,
  columns: Axis,
  tile: Tile,
  network: StyleNetwork,
): tf.Tensor4D {
  const { frame, multiple } = network;
  const values = new Float32Array(rows.window * columns.window * 3);
  const sources = Int32Array.from({ length: columns.window }, (_, x) =>
    reflected(tile.x.start + x, columns, frame, multiple),
  );
  let target = 0;
  for (let y = 0; y < rows.window; y++) {
    const row = reflected(tile.y.start + y, rows, frame, multiple) * picture.width;
    for (const column of sources) {
      const source = 3 * (row + column);
      for (let channel = 0; channel < 3; channel++) values[target++] = picture.data[source + channel]! / 255;
    }
  }
  return tf.tensor4d(values, [1, rows.window, columns.window, 3]);
}

/** 1 where a tile counts along one axis, at the layer's scale. */
function weights(span: Span, window: number, length: number): Float32Array {
  const scale = window / length;
  return Float32Array.from({ length }, (_, at) => {
    const pixel = span.start + at * scale;
    return pixel >= span.from && pixel < span.to ? 1 : 0;
  });
}

/** Copies what a tile contributes into the result. */
function store(
  values: Float32Array,
  tile: Tile,
  rows: Axis,
  columns: Axis,
  frame: number,
  out: Uint8Array,
): void {
  const inside = ({ from, to }: Span, { size }: Axis): [number, number] => [
    Math.max(from, frame),
    Math.min(to, frame + size),
  ];
  const [top, bottom] = inside(tile.y, rows);
  const [left, right] = inside(tile.x, columns);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const source = 3 * ((y - tile.y.start) * columns.window + (x - tile.x.start));
      const target = 3 * ((y - frame) * columns.size + (x - frame));
      for (let channel = 0; channel < 3; channel++) {
        out[target + channel] = Math.round(255 * Math.min(1, Math.max(0, values[source + channel]!)));
      }
    }
  }
}

/**
 * Tiled painting: the statistics of each layer are summed over all tiles before the next layer is computed with
 * them, so a tile sees what the whole picture would show it; windows overlap by the network's reach.
 */
export function tiledPainter(network: StyleNetwork, parameter: ParameterOf): TiledPainter {
  const { channels, precision, multiple, frame } = network;
  const { recolours = false, floor = 0, noise: grain } = network;
  // The colours, if they are the first layer, are measured without tiles.
  const first = Number(recolours);
  const swap = (
    image: tf.Tensor,
    style: tf.Tensor,
    content: tf.Tensor,
    alpha: tf.Tensor,
    noise: readonly tf.Tensor[],
    before: (x: tf.Tensor4D, layer: number) => void,
  ): tf.Tensor4D => {
    const wanted = unpackStatistics(channels, style as tf.Tensor2D);
    const known = unpackStatistics(channels, content as tf.Tensor2D);
    const own = (x: tf.Tensor4D, layer: number): Moments => {
      before(x, layer);
      return known[layer]!;
    };
    const pixels = image as tf.Tensor4D;
    const swapped = (x: tf.Tensor4D, layer: number): tf.Tensor4D =>
      swapLayer(x, layer, wanted, alpha, { recolours, floor, own });
    return network.framed(
      parameter,
      recolours ? swapped(pixels, 0) : pixels,
      (x, index) => swapped(x, index + first),
      (scale) => tf.mul(noise[grain!.scales.indexOf(scale)]!, alpha),
    );
  };
  /** The noise that lies under a tile, for each scale. */
  const grains = (tile: Tile, rows: Axis, columns: Axis): tf.Tensor[] =>
    (grain?.scales ?? []).map((scale) =>
      grain!.window(scale, tile.y.start, tile.x.start, rows.window / scale, columns.window / scale),
    );
  const sums: Compiled<tf.Tensor>[] = channels.map((_, wanted) =>
    compile(
      (image, style, content, alpha, rows, columns, ...noise) => {
        let result: tf.Tensor | undefined;
        swap(image!, style!, content!, alpha!, noise, (x, layer) => {
          if (layer !== wanted) return;
          const [, height, width, count] = x.shape;
          // Rows and columns that do not count are sliced to weight 0 by two products.
          const pool = (y: tf.Tensor4D): tf.Tensor => {
            const flat = tf.matMul(tf.reshape(rows!, [1, height]), tf.reshape(y, [height, width * count]));
            return tf.matMul(tf.reshape(columns!, [1, width]), tf.reshape(flat, [width, count]));
          };
          result = tf.concat([pool(x), pool(tf.mul(x, x))]);
        });
        return result!;
      },
      { precision: 'fp32', name: 'statistics of a tile' },
    ),
  );
  const painter = compile(
    (image, style, content, alpha, ...noise) =>
      swap(image!, style!, content!, alpha!, noise, () => undefined),
    { precision, name: 'paint a tile' },
  );

  const paint: TiledPainter['paint'] = async (picture, style, alpha, options = {}) => {
    const { tile = DEFAULT_TILE, signal } = options;
    const { data, width, height } = picture;
    if (data.length !== width * height * 3) {
      throw new UsageError(
        `Expected ${width * height * 3} bytes of a ${width}x${height} picture but received ${data.length}.`,
      );
    }
    if (!Number.isInteger(tile) || tile < multiple || tile % multiple !== 0) {
      throw new UsageError(`Expected a tile side that is a multiple of ${multiple} but received ${tile}.`);
    }
    const halo = Math.ceil(network.reach / multiple) * multiple;
    const rows = planAxis(height, frame, multiple, tile, halo);
    const columns = planAxis(width, frame, multiple, tile, halo);
    const tiles = rows.spans.flatMap((y) => columns.spans.map((x): Tile => ({ y, x })));
    const own: LayerStatistics[] = channels.map((count) => ({
      mean: new Float32Array(count),
      std: new Float32Array(count).fill(1),
    }));
    if (first === 1) own[0] = colourStatistics(picture);
    const each = async (work: (tile: Tile, inputs: tf.Tensor[]) => Promise<void>): Promise<void> => {
      const fixed = [
        statisticsTensor(channels, [style]),
        statisticsTensor(channels, [{ layers: own }]),
        tf.scalar(alpha),
      ];
      try {
        for (const part of tiles) {
          signal?.throwIfAborted();
          const image = windowOf(picture, rows, columns, part, network);
          await work(part, [image, ...fixed]).finally(() => image.dispose());
        }
      } finally {
        tf.dispose(fixed);
      }
    };
    for (let layer = first; layer < channels.length; layer++) {
      own[layer] = await layerStatistics(layer, each, rows, columns);
    }
    const out = new Uint8Array(width * height * 3);
    await each(async (part, inputs) => {
      const noise = grains(part, rows, columns);
      const painted = await painter(...inputs, ...noise);
      tf.dispose(noise);
      store((await painted.data()) as Float32Array, part, rows, columns, frame, out);
      painted.dispose();
    });
    return out;
  };

  type Each = (work: (tile: Tile, inputs: tf.Tensor[]) => Promise<void>) => Promise<void>;
  const layerStatistics = async (
    layer: number,
    each: Each,
    rows: Axis,
    columns: Axis,
  ): Promise<LayerStatistics> => {
    const count = channels[layer]!;
    const total = new Float64Array(2 * count);
    let positions = 0;
    const scale = network.scales[layer]!;
    await each(async (part, inputs) => {
      const y = weights(part.y, rows.window, rows.window / scale);
      const x = weights(part.x, columns.window, columns.window / scale);
      positions += y.reduce((sum, one) => sum + one, 0) * x.reduce((sum, one) => sum + one, 0);
      const masks = [tf.tensor1d(y), tf.tensor1d(x)];
      const noise = grains(part, rows, columns);
      const result = await sums[layer]!(...inputs, ...masks, ...noise);
      (await result.data()).forEach((value, at) => {
        total[at]! += value;
      });
      tf.dispose([result, ...masks, ...noise]);
    });
    const mean = Float32Array.from({ length: count }, (_, at) => total[at]! / positions);
    const std = mean.map((_, at) => {
      const average = total[at]! / positions;
      const variance = Math.max(0, total[count + at]! / positions - average * average);
      return Math.sqrt((variance * positions) / Math.max(1, positions - 1) + ADAIN_EPSILON);
    });
    return { mean, std };
  };

  return {
    paint,
    dispose: () => {
      for (const step of [...sums, painter]) step.dispose();
    },
  };
}
