import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../core/errors.js';
import { extent, type Raster } from '../../core/sample.js';
import { compile } from '../../engine/index.js';
import { toBytes, uint8Tensor } from '../../engine/ops.js';
import { type Moments, moments } from '../network/adain.js';
import { loadNetwork, type StylizerOptions } from '../network/model.js';
import type { StyleNetwork } from '../network/network.js';
import { packStatistics, unpackStatistics } from '../network/pack.js';
import { paintAs, tensorStylizer } from '../network/tensor-stylizer.js';
import { recentlyUsed } from './recent.js';

/** How a clip is painted. */
export interface ClipPaint {
  /** 0 (the clip itself) to 1 (the style), 1 unless told. */
  readonly alpha?: number;
  readonly signal?: AbortSignal;
}

/** What is known of a style: statistics of its features. */
export interface ClipStyle {
  readonly shape: readonly number[];
  readonly statistics: Float32Array;
}

/**
 * Paints clips in one style each, without flicker of its own: every frame is a function of that frame and of statistics
 * that are the same for the whole clip.
 */
export interface ClipStylizer {
  /** `embedded` or `vgg`, with the start of its weights' SHA-256. */
  readonly name: string;
  /** What it computes in. */
  readonly precision: string;
  /** Looks at a style (`yx`, RGB bytes) once, for several clips. */
  encodeStyle(style: Raster): Promise<ClipStyle>;
  /**
   * `clip` (`tyx`, RGB bytes, sides of 16 at least) painted with the statistics of `style` (`yx`, RGB bytes, or what
   * `encodeStyle` made of it). Equal frames stay equal. Throws UsageError for other rasters.
   */
  paint(clip: Raster, style: Raster | ClipStyle, options?: ClipPaint): Promise<Raster>;
  /** Frees the weights and compiled functions. */
  dispose(): void;
}

/** Frames whose statistics stand for a clip's, evenly spread. */
const ANCHORS = 16;
/** Pixels and frames that are painted in one go; more only take more memory. */
const PIXELS = 400_000;
const MOST_FRAMES = 8;
const MIN_SIDE = 16;
const KEPT_SHAPES = 8;

/** A style network as a clip stylizer. Throws CheckpointError, ShapeError for weights that are none; EngineError. */
export async function loadClipStylizer(
  options: StylizerOptions = { path: 'embedded' },
): Promise<ClipStylizer> {
  return clipStylizer(await loadNetwork(options));
}

function clipStylizer(network: StyleNetwork): ClipStylizer {
  const { name, precision, channels: layers } = network;
  const { encode, parameter, dispose } = tensorStylizer(network);
  const measure = (frames: tf.Tensor4D, style: tf.Tensor2D, alpha: tf.Tensor) => {
    const found: Moments[] = [];
    paintAs(network, parameter, frames, unpackStatistics(layers, style), alpha, (x) => {
      const own = momentsOfClip(x);
      found.push(own);
      return own;
    });
    return packStatistics(found);
  };
  const paint = (frames: tf.Tensor4D, style: tf.Tensor2D, clip: tf.Tensor2D, alpha: tf.Tensor) => {
    const own = unpackStatistics(layers, clip);
    const wanted = unpackStatistics(layers, style);
    const painted = paintAs(network, parameter, frames, wanted, alpha, (_, layer) => own[layer]!);
    return tf.slice(painted, [0, 0, 0, 0], frames.shape);
  };
  const encoders = recentlyUsed(KEPT_SHAPES, () =>
    compile((image) => encode(image as tf.Tensor4D), { precision, name: 'encode style' }),
  );
  const meters = recentlyUsed(KEPT_SHAPES, () =>
    compile((frames, style, alpha) => measure(frames as tf.Tensor4D, style as tf.Tensor2D, alpha!), {
      precision,
      name: 'measure clip',
    }),
  );
  const painters = recentlyUsed(KEPT_SHAPES, () =>
    compile(
      (frames, style, clip, alpha) =>
        paint(frames as tf.Tensor4D, style as tf.Tensor2D, clip as tf.Tensor2D, alpha!),
      { precision, name: 'paint clip' },
    ),
  );
  const encoded = async (style: Raster): Promise<tf.Tensor> => {
    check(style, 'style', ['y', 'x']);
    const image = framesOf(style, [0]);
    try {
      return await encoders.get(`${image.shape}`)(image);
    } finally {
      image.dispose();
    }
  };
  return {
    name,
    precision,
    async encodeStyle(style) {
      const found = await encoded(style);
      const statistics = (await found.data().finally(() => found.dispose())) as Float32Array;
      return { shape: found.shape, statistics };
    },
    async paint(clip, style, { alpha = 1, signal } = {}) {
      check(clip, 'clip', ['t', 'y', 'x']);
      if (!(alpha >= 0 && alpha <= 1))
        throw new UsageError(`Expected alpha from 0 to 1 but received ${alpha}.`);
      const owned: tf.Tensor[] = [];
      const keep = <T extends tf.Tensor>(tensor: T): T => {
        owned.push(tensor);
        return tensor;
      };
      try {
        signal?.throwIfAborted();
        const wanted = keep(
          'statistics' in style ? tf.tensor(style.statistics, [...style.shape]) : await encoded(style),
        );
        const blend = keep(tf.scalar(alpha));
        const total = extent(clip, 't');
        const anchors = keep(framesOf(clip, spread(total, ANCHORS)));
        const own = keep(await meters.get(`${anchors.shape}`)(anchors, wanted, blend));
        const [height, width] = [extent(clip, 'y'), extent(clip, 'x')];
        const size = Math.max(1, Math.min(total, MOST_FRAMES, Math.floor(PIXELS / (height * width))));
        const data = new Uint8Array(clip.data.length);
        for (let first = 0; first < total; first += size) {
          signal?.throwIfAborted();
          // Always as many frames, so that the same function paints all of them.
          const places = Array.from({ length: size }, (_, i) => Math.min(first + i, total - 1));
          const frames = framesOf(clip, places);
          const painted = await painters.get(`${frames.shape}`)(frames, wanted, own, blend);
          const rounded = tf.tidy(() => toBytes(painted));
          const bytes = await rounded.data().finally(() => tf.dispose([frames, painted, rounded]));
          const area = height * width * 3;
          data.set(bytes.subarray(0, Math.min(size, total - first) * area), first * area);
        }
        return { ...clip, data };
      } finally {
        tf.dispose(owned);
      }
    },
    dispose() {
      for (const functions of [encoders, meters, painters]) functions.clear();
      dispose();
    },
  };
}

/** Statistics over all frames of `[T, H, W, C]` together, `[1, 1, 1, C]`. */
function momentsOfClip(x: tf.Tensor4D): Moments {
  const [frames, height, width, depth] = x.shape;
  return moments(tf.reshape(x, [1, frames * height, width, depth]) as tf.Tensor4D);
}

/** Frames at `places` as `[B, H, W, 3]` in 0..1; a picture is one frame. */
function framesOf(raster: Raster, places: readonly number[]): tf.Tensor4D {
  const [height, width] = [extent(raster, 'y'), extent(raster, 'x')];
  const area = height * width * 3;
  const bytes = new Uint8Array(places.length * area);
  for (const [row, place] of places.entries())
    bytes.set(raster.data.subarray(place * area, (place + 1) * area), row * area);
  return tf.tidy(() => tf.div(uint8Tensor(bytes, [places.length, height, width, 3]), 255) as tf.Tensor4D);
}

/** At most `most` of `total` places, evenly spread, the middles of equal parts. */
function spread(total: number, most: number): number[] {
  const count = Math.min(total, most);
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * total) / count));
}

function check(raster: Raster, what: string, axes: readonly string[]): void {
  const { data, shape } = raster;
  const short = Math.min(shape.at(-3) ?? 0, shape.at(-2) ?? 0);
  if (`${raster.axes}` === `${axes}` && shape.at(-1) === 3 && data instanceof Uint8Array && short >= MIN_SIDE)
    return;
  throw new UsageError(
    `Expected a ${what} of RGB bytes with axes ${axes.join('')} and sides of ${MIN_SIDE} at least but received ${data.constructor.name} ${raster.axes.join('')} [${shape}].`,
  );
}
