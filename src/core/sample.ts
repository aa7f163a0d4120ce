import type { Label } from './label.js';

/** Spatial and temporal axes of a raster, slowest first: time, depth, row, column. */
export type Axis = 't' | 'z' | 'y' | 'x';

/** `mask` rasters hold class ids: nearest neighbour only, no colour operations. */
export type Role = 'intensity' | 'mask';

/** Element types that a raster may hold. */
export type RasterData = Uint8Array | Int16Array | Float32Array;

/**
 * A dense array with named axes; channels are always the last, fastest dimension.
 * Image: `yx`; video: `tyx`; volume: `zyx`.
 */
export interface Raster {
  readonly role: Role;
  readonly axes: readonly Axis[];
  /** Extent per axis, then the number of channels. */
  readonly shape: readonly number[];
  /** `shape` elements in C order. Intensities: 0..255 in Uint8Array, 0..1 in Float32Array pictures. */
  readonly data: RasterData;
  /** Millimetres per axis, for volumes. */
  readonly spacing?: readonly number[];
}

/** One random decision that was carried out: enough, as JSON, to carry it out again. `null` params: nothing was done. */
export interface Applied {
  readonly name: string;
  readonly params: unknown;
}

/** One item of a dataset. All rasters of a sample share axes and extents (channels may differ). */
export interface Sample {
  readonly id: string;
  readonly index: number;
  readonly rasters: Readonly<Record<string, Raster>>;
  readonly label?: Label;
  readonly trace: readonly Applied[];
}

/** Extents of the named axes, without channels. */
export function extents(raster: Raster): readonly number[] {
  return raster.shape.slice(0, -1);
}

/** Number of channels. */
export function channels(raster: Raster): number {
  return raster.shape[raster.shape.length - 1] ?? 0;
}

/** Position of `axis` in the raster's shape, or -1 where the raster has no such axis. */
export function axisIndex(raster: Raster, axis: Axis): number {
  return raster.axes.indexOf(axis);
}

/** Extent of `axis`; throws RangeError where the raster has no such axis. */
export function extent(raster: Raster, axis: Axis): number {
  const index = axisIndex(raster, axis);
  if (index < 0)
    throw new RangeError(`Expected a raster with axis ${axis} but received axes ${raster.axes.join('')}.`);
  return raster.shape[index]!;
}

/** A picture as a raster: `height * width * channels` values, row by row, channels last. */
export function picture(data: RasterData, height: number, width: number, role: Role = 'intensity'): Raster {
  const depth = data.length / (height * width);
  if (!Number.isInteger(depth) || depth < 1) {
    throw new RangeError(`Expected whole pixels for ${height}x${width} but received ${data.length} values.`);
  }
  return { role, axes: ['y', 'x'], shape: [height, width, depth], data };
}

/** A new array of the same element type and another length, filled with zeros. */
export function emptyLike(data: RasterData, length: number): RasterData {
  if (data instanceof Uint8Array) return new Uint8Array(length);
  return data instanceof Int16Array ? new Int16Array(length) : new Float32Array(length);
}
