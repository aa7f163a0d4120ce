import { gather } from '../../core/kernel.js';
import { resample } from '../../core/resample.js';
import { picture as raster } from '../../core/sample.js';
import { throughJpeg } from '../jpeg-codec.js';
import { at, type Corruption, type Picture, repaint } from './picture.js';

/** Strong JPEG compression. */
export const jpegCompression: Corruption = (severity) => {
  const quality = at(severity, [25, 18, 15, 10, 7]);
  return async (picture) => {
    const coded = await throughJpeg(bytesOf(picture), { count: 1, ...picture }, quality);
    return repaint(picture, new Float32Array(coded));
  };
};

/** Few large pixels: means of boxes, enlarged without interpolation. */
export const pixelate: Corruption = (severity) => {
  const share = at(severity, [0.6, 0.5, 0.4, 0.3, 0.25]);
  return (picture) => {
    const { height, width } = picture;
    const small = { y: { size: part(height, share) }, x: { size: part(width, share) } };
    const few = resample(raster(bytesOf(picture), height, width), small, 'box');
    const { data } = gather(
      gather(few, 'y', nearest(few.shape[0]!, height)),
      'x',
      nearest(few.shape[1]!, width),
    );
    return repaint(picture, new Float32Array(data));
  };
};

/** Nearest elements of an axis that grows, positions added up one by one: ties fall as in Pillow. */
function nearest(from: number, to: number): Int32Array {
  const step = from / to;
  let position = step / 2;
  return Int32Array.from({ length: to }, () => {
    const index = Math.min(from - 1, Math.trunc(position));
    position += step;
    return index;
  });
}

function part(extent: number, share: number): number {
  return Math.max(1, Math.trunc(extent * share));
}

function bytesOf({ data }: Picture): Uint8Array {
  return new Uint8Array(new Uint8ClampedArray(data).buffer);
}
