import { readFileSync } from 'node:fs';
import { picture, type Raster, type Sample } from '../../src/core/sample.js';
import { bitsAt, fnv1a } from '../parity/procedural.js';

/** A gradient with some noise, RGB bytes; the same as `picture` in test/golden/make-transforms.py. */
export function proceduralPicture(height: number, width: number, key = 'picture'): Raster {
  const seed = fnv1a(key);
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
    const smooth = (x * 9 + y * (5 + 4 * c) + c * 60) % 256;
    return (smooth * 3 + (bitsAt(seed, i) % 256)) >> 2;
  });
  return picture(data, height, width);
}

/** The same as floats from 0 to 1. */
export function asFloats(raster: Raster): Raster {
  return { ...raster, data: Float32Array.from(raster.data, (value) => value / 255) };
}

/** A sample of one raster. */
export function sampleOf(image: Raster, more: Readonly<Record<string, Raster>> = {}): Sample {
  return { id: 'sample', index: 0, rasters: { image, ...more }, trace: [] };
}

/** A committed JSON file of golden numbers. */
export function goldenJson<T>(name: string): T {
  const file = new URL(`../golden/${name}`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

/** Bytes from base64. */
export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
