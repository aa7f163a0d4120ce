import { words } from '../fields.js';
import { at, type Corruption, type Picture, repaint, soften } from './picture.js';

/** Frosted glass: blurred, pixels taken from random neighbours again and again, blurred. */
export const glassBlur: Corruption = (severity, extents, rng) => {
  const [sigma, reach, rounds] = at(severity, [
    [0.7, 1, 2],
    [0.9, 2, 1],
    [1, 2, 3],
    [1.1, 3, 2],
    [1.5, 4, 2],
  ]);
  const source = scatter(
    extents.height,
    extents.width,
    reach,
    words(rng, 2 * rounds * extents.height * extents.width),
  );
  return (picture) => {
    const first = soften(picture, sigma);
    const whole = repaint(
      first,
      first.data.map((value) => Math.floor(value + 1e-3)),
    );
    return soften(take(whole, source), sigma);
  };
};

/**
 * From which pixel each pixel takes its colour. The published corruption means to swap neighbours but, its arrays
 * being views, copies one over the other; so the same here. Scattering positions instead of colours makes one pass
 * over the picture do, for any number of frames.
 */
function scatter(height: number, width: number, reach: number, bits: Uint32Array): Int32Array {
  const source = Int32Array.from({ length: height * width }, (_, index) => index);
  const near = (bit: number) => Math.floor((bit / 0x100000000) * 2 * reach) - reach;
  let draw = 0;
  while (draw < bits.length) {
    const end = draw + 2 * height * width;
    for (let y = height - reach; y > reach; y--) {
      for (let x = width - reach; x > reach; x--) {
        const dx = near(bits[draw]!);
        const dy = near(bits[draw + 1]!);
        source[y * width + x] = source[(y + dy) * width + x + dx]!;
        draw += 2;
      }
    }
    draw = end;
  }
  return source;
}

function take(picture: Picture, source: Int32Array): Picture {
  const { channels, data } = picture;
  const out = new Float32Array(data.length);
  for (let pixel = 0; pixel < source.length; pixel++) {
    const from = source[pixel]! * channels;
    for (let c = 0; c < channels; c++) out[pixel * channels + c] = data[from + c]!;
  }
  return repaint(picture, out);
}
