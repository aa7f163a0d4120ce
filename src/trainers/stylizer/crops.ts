import type { Rng } from '../../core/rng.js';
import type { Pixels } from './pictures.js';
import { drawRecolouring, type Recolouring } from './recolouring.js';

/** A square of a picture, `side` pixels wide, and what is done to it; JSON. */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly side: number;
  readonly flip: boolean;
  /** Quarter turns. */
  readonly turns: 0 | 1 | 2 | 3;
  /** Other colours; as they are without it. */
  readonly colours?: Recolouring;
}

/** Where to cut a square: its side log-uniform between `smallest` and the short side. */
function square(
  { width, height }: Pixels,
  rng: Rng,
  smallest: number,
): { left: number; top: number; side: number } {
  const short = Math.min(width, height);
  const low = Math.min(short, smallest);
  const side = Math.min(short, Math.round(low * (short / low) ** rng.uniform()));
  return { side, left: rng.integer(width - side + 1), top: rng.integer(height - side + 1) };
}

/** A content crop for a result of `size` pixels: from the size itself to the whole picture, flipped half the time. */
export function contentCrop(pixels: Pixels, rng: Rng, size: number): Crop {
  return { ...square(pixels, rng.at('square'), size * 0.9), flip: rng.chance(0.5), turns: 0 };
}

/** A style crop: zooms in to twice, turns, flips; `recolour` is how often it gets other colours. */
export function styleCrop(pixels: Pixels, rng: Rng, size: number, recolour: number): Crop {
  return {
    ...square(pixels, rng.at('square'), size * 0.5),
    flip: rng.chance(0.5),
    turns: rng.integer(4) as 0 | 1 | 2 | 3,
    ...(rng.chance(recolour) && { colours: drawRecolouring(rng.at('colours')) }),
  };
}

/** Cuts and resizes; writes `size * size * 3` values in 0..1 at `offset` of `out`. */
export async function applyCrop(
  pixels: Pixels,
  crop: Crop,
  size: number,
  out: Float32Array,
  offset: number,
): Promise<void> {
  const { default: sharp } = await import('sharp');
  const { data, width, height } = pixels;
  const { left, top, side } = crop;
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .extract({ left, top, width: side, height: side })
    .resize(size, size, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  const last = size - 1;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const column = crop.flip ? last - x : x;
      const [row, at] =
        crop.turns === 0
          ? [y, column]
          : crop.turns === 1
            ? [last - column, y]
            : crop.turns === 2
              ? [last - y, last - column]
              : [column, last - y];
      const source = 3 * (row * size + at);
      const target = offset + 3 * (y * size + x);
      for (let channel = 0; channel < 3; channel++) out[target + channel] = bytes[source + channel]! / 255;
      if (crop.colours) recoloured(crop.colours, out, target);
    }
  }
}

/** Changes the colour at `at`, clipped to 0..1. */
function recoloured({ matrix, offset }: Recolouring, out: Float32Array, at: number): void {
  const [red, green, blue] = [out[at]!, out[at + 1]!, out[at + 2]!];
  for (let channel = 0; channel < 3; channel++) {
    const row = 3 * channel;
    const value = offset[channel]! + matrix[row]! * red + matrix[row + 1]! * green + matrix[row + 2]! * blue;
    out[at + channel] = Math.min(1, Math.max(0, value));
  }
}
