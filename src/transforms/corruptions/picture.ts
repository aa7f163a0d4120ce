import type { Rng } from '../../core/rng.js';
import { convolvePlanes, type Edge, gaussian } from '../convolve.js';

/** One plane of rows and columns; values from 0 to 255 whatever the element type of its raster. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** 1 (mild) to 5 (strong). */
export type Severity = 1 | 2 | 3 | 4 | 5;

/** Height and width. */
export interface Extents {
  readonly height: number;
  readonly width: number;
}

/** Corrupts one frame; `rng` is the frame's own, for noise that differs between frames. Results may leave 0..255. */
export type Painter = (picture: Picture, rng: Rng) => Picture | Promise<Picture>;

/** Makes everything that frames share (layers of fog, drops, fields of displacement) once, at the sample's `rng`. */
export type Corruption = (severity: Severity, extents: Extents, rng: Rng) => Painter;

/** The entry of a table of five for a severity. */
export function at<T>(severity: Severity, table: readonly [T, T, T, T, T]): T {
  return table[severity - 1]!;
}

/** The picture with other values. */
export function repaint(picture: Picture, data: Float32Array): Picture {
  return { ...picture, data };
}

/** Every value by itself; `pixel` counts pixels, not values. */
export function mapValues(picture: Picture, change: (value: number, pixel: number) => number): Picture {
  const { channels, data } = picture;
  return repaint(
    picture,
    data.map((value, index) => change(value, Math.floor(index / channels))),
  );
}

/** Gaussian blur as scikit-image's: edge values repeated (unless told), cut at four deviations (unless told). */
export function soften(
  picture: Picture,
  sigma: number | { readonly y: number; readonly x: number },
  edge: Edge = 'edge',
  truncate = 4,
): Picture {
  const kernel = (deviation: number) => gaussian(deviation, Math.trunc(truncate * deviation + 0.5));
  const { y, x } = typeof sigma === 'number' ? { y: sigma, x: sigma } : sigma;
  const data = convolvePlanes(picture.data, { count: 1, ...picture }, { y: kernel(y), x: kernel(x) }, edge);
  return repaint(picture, data);
}

/** Brightness of each pixel with weights of 0.299, 0.587, 0.114; of grey pictures the values themselves. */
export function greyOf({ channels, data }: Picture): Float32Array {
  const out = new Float32Array(data.length / channels);
  for (let i = 0, at = 0; i < out.length; i++, at += channels) {
    out[i] = channels === 3 ? 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]! : data[at]!;
  }
  return out;
}
