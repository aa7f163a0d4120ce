import type { Picture } from '../painting/painter.js';
import type { Recipe } from './recipe.js';

/** Sides of pictures that keep their size or aspect are rounded up to this for painting: few sizes, fuller batches. */
export const BUCKET = 32;

/** The size at which an output is painted: its own where all have one size, else rounded up to a bucket. */
export function paintedSize(
  recipe: Pick<Recipe, 'size' | 'video'>,
  { width, height }: { readonly width: number; readonly height: number },
): { readonly width: number; readonly height: number } {
  if (recipe.video !== undefined || (recipe.size !== 'keep' && 'width' in recipe.size))
    return { width, height };
  const up = (side: number): number => Math.ceil(side / BUCKET) * BUCKET;
  return { width: up(width), height: up(height) };
}

/** The picture grown to `width` x `height` at its right and bottom by reflection, the edge not repeated. */
export function padPicture<P extends Picture>(picture: P, width: number, height: number): P {
  if (picture.width === width && picture.height === height) return picture;
  const data = new Uint8Array(width * height * 3);
  const columns = Int32Array.from({ length: width }, (_, x) => 3 * reflect(x, picture.width));
  let target = 0;
  for (let y = 0; y < height; y++) {
    const row = reflect(y, picture.height) * picture.width * 3;
    for (const column of columns) {
      const source = row + column;
      data[target++] = picture.data[source]!;
      data[target++] = picture.data[source + 1]!;
      data[target++] = picture.data[source + 2]!;
    }
  }
  return { ...picture, width, height, data };
}

/** The upper left part of a picture. */
export function cropPicture<P extends Picture>(picture: P, width: number, height: number): P {
  if (picture.width === width && picture.height === height) return picture;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = y * picture.width * 3;
    data.set(picture.data.subarray(start, start + width * 3), y * width * 3);
  }
  return { ...picture, width, height, data };
}

function reflect(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const place = at % period;
  return place < length ? place : period - place;
}
