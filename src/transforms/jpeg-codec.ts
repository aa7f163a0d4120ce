import { loadSharp } from '../datasets/decode/sharp.js';
import type { Planes } from './pixels.js';

/**
 * Every plane written as a JPEG (4:2:0, standard tables) and read again. `bytes` holds the planes one behind the
 * other, 1 or 3 channels; throws RangeError for another number.
 *
 * @param quality 1 (worst) to 100, on libjpeg's scale
 */
export async function throughJpeg(bytes: Uint8Array, shape: Planes, quality: number): Promise<Uint8Array> {
  const { count, height, width, channels } = shape;
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`Expected 1 channel (grey) or 3 (RGB) but received ${channels}.`);
  }
  const sharp = await loadSharp();
  const length = height * width * channels;
  const out = new Uint8Array(bytes.length);
  for (let plane = 0; plane < count; plane++) {
    const part = bytes.subarray(plane * length, (plane + 1) * length);
    const encoded = await sharp(part, { raw: { width, height, channels } })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .jpeg({ quality, chromaSubsampling: '4:2:0' })
      .toBuffer();
    const decoded = await sharp(encoded)
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer();
    out.set(decoded, plane * length);
  }
  return out;
}
