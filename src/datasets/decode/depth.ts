import type { Metadata, Sharp } from 'sharp';
import { picture, type Raster } from '../../core/sample.js';

/**
 * Decodes a picture of more than 8 bits per sample: sRGB in 16 bits, transparent pixels laid over `background`, then
 * each value divided by 257 and rounded (65535 becomes 255; nothing wraps or clips).
 */
export async function to8bit(
  image: Sharp,
  header: Metadata,
  background: readonly [number, number, number],
): Promise<Raster> {
  // Without a target profile sharp would leave 16-bit pictures with a profile in the wide Display P3 space.
  const managed = header.hasProfile ? image.withIccProfile('srgb') : image;
  const { data, info } = await managed
    .ensureAlpha()
    .toColourspace('rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const words = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const out = new Uint8Array(info.width * info.height * 3);
  for (let pixel = 0; pixel < info.width * info.height; pixel++) {
    const alpha = words[pixel * 4 + 3]! / 65535;
    for (let c = 0; c < 3; c++) {
      out[pixel * 3 + c] = Math.round((words[pixel * 4 + c]! / 257) * alpha + background[c]! * (1 - alpha));
    }
  }
  return picture(out, info.height, info.width);
}
