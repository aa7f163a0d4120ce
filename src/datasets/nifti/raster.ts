import { UsageError } from '../../core/errors.js';
import type { Raster, RasterData, Role } from '../../core/sample.js';
import { type Volume, volume } from '../../transforms/volume/volume.js';
import type { NiftiData } from './datatypes.js';
import { scalingOf } from './header.js';
import { type ComplexPart, intensities } from './intensities.js';
import type { NiftiImage } from './read.js';

export interface RasterOptions {
  /** Default 'intensity'. Masks must hold whole numbers that int16 holds. */
  readonly role?: Role;
  /** Which part of complex voxels to take; they are refused without. */
  readonly part?: ComplexPart;
  /** What the fourth dimension holds: time points (axis `t`), or channels such as the sequences of an MR. Default 'time'. */
  readonly fourth?: 'time' | 'channels';
}

function isRasterData(data: NiftiData): data is RasterData {
  return data instanceof Uint8Array || data instanceof Int16Array || data instanceof Float32Array;
}

/** Class ids in the narrowest array that holds them. */
function classIds(image: NiftiImage, values: RasterData | Float64Array): RasterData {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (!Number.isInteger(value)) {
      throw new UsageError(
        `Expected whole class ids in ${image.path} but found ${value}; is it a label volume?`,
      );
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low < -32768 || high > 32767) {
    throw new UsageError(`Expected class ids up to 32767 in ${image.path} but found ${low} to ${high}.`);
  }
  if (values instanceof Uint8Array || values instanceof Int16Array) return values;
  return low >= 0 && high <= 255 ? Uint8Array.from(values) : Int16Array.from(values);
}

/** Values moved so that channels lie side by side: NIfTI keeps those of the fourth and fifth dimension in planes. */
function interleave(data: RasterData, voxels: number, channels: number): RasterData {
  const out = data.slice();
  for (let channel = 0; channel < channels; channel++) {
    for (let at = 0; at < voxels; at++) out[at * channels + channel] = data[channel * voxels + at]!;
  }
  return out;
}

/**
 * A raster of scaled intensities (or class ids): axes `zyx`, or `tzyx` with more than one time point; RGB, RGBA, a
 * fifth dimension, and a fourth one if told, become channels. uint8, int16 and float32 voxels without scaling are not copied.
 *
 * @throws UsageError for complex voxels without a part, masks that are not class ids, more than five dimensions
 */
export function toRaster(image: NiftiImage, options: RasterOptions = {}): Raster {
  const { role = 'intensity', fourth = 'time' } = options;
  const { header, shape } = image;
  const complex = header.datatype.kind === 'complex';
  const plain =
    !complex && scalingOf(header) === undefined && isRasterData(image.data) ? image.data : undefined;
  const data: RasterData =
    role === 'mask'
      ? classIds(image, plain ?? intensities(image, Float64Array, options.part))
      : (plain ?? intensities(image, Float32Array, options.part));
  const [x = 1, y = 1, z = 1, w = 1, v = 1, ...more] = shape;
  const [t, vector] = fourth === 'channels' ? [1, w * v] : [w, v];
  if (more.some((extent) => extent > 1) || (vector > 1 && image.components > 2)) {
    throw new UsageError(
      `Expected at most 5 dimensions, 4 of colours, in ${image.path} but received ${shape.join(' x ')}; read a region.`,
    );
  }
  const values = vector > 1 ? interleave(data, data.length / vector, vector) : data;
  const channels = (complex ? 1 : image.components) * vector;
  return t > 1
    ? { role, axes: ['t', 'z', 'y', 'x'], shape: [t, z, y, x, channels], data: values }
    : { role, axes: ['z', 'y', 'x'], shape: [z, y, x, channels], data: values };
}

/** `toRaster` with its place in the world; throws UsageError for a series (read one time point, or it as channels). */
export function toVolume(image: NiftiImage, options: RasterOptions = {}): Volume {
  const raster = toRaster(image, options);
  if (raster.axes[0] === 't') {
    throw new UsageError(
      `Expected a volume of three dimensions in ${image.path} but it has ${raster.shape[0]} time points: read one of them, or take the fourth dimension as channels (--channels, fourth: 'channels').`,
    );
  }
  return volume(raster, image.affine);
}
