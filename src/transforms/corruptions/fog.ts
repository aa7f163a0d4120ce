import type { Rng } from '../../core/rng.js';
import { uniforms } from '../fields.js';
import { at, type Corruption, mapValues } from './picture.js';

/** Clouds of light over the picture, which loses contrast. */
export const fog: Corruption = (severity, { height, width }, rng) => {
  const [thickness, decay] = at(severity, [
    [1.5, 2],
    [2, 2],
    [2.5, 1.7],
    [2.5, 1.5],
    [3, 1.4],
  ]);
  const side = 2 ** Math.ceil(Math.log2(Math.max(height, width, 3)));
  const clouds = plasma(side, decay, rng);
  return (picture) => {
    const white = thickness * 255;
    const brightest = picture.data.reduce((most, value) => Math.max(most, value), 0);
    const share = brightest / (brightest + white);
    return mapValues(picture, (value, pixel) => {
      const cloud = clouds[Math.floor(pixel / width) * side + (pixel % width)]!;
      return (value + white * cloud) * share;
    });
  };
};

/**
 * A cloudy field of `side` squared values from 0 to 1, which wraps around: the diamond-square algorithm. Random parts
 * shrink by `decay` squared from one scale to the next.
 *
 * @param side a power of two
 */
export function plasma(side: number, decay: number, rng: Rng): Float64Array {
  const map = new Float64Array(side * side);
  let wibble = 100;
  for (let step = side; step >= 2; step /= 2, wibble /= decay) {
    const half = step / 2;
    const cells = side / step;
    const random = uniforms(rng.at(step), 3 * cells * cells, -wibble * wibble, wibble * wibble);
    const place = (y: number, x: number) => (y & (side - 1)) * side + (x & (side - 1));
    let draw = 0;
    const set = (dy: number, dx: number, near: readonly (readonly [number, number])[]) => {
      for (let y = dy; y < side; y += step) {
        for (let x = dx; x < side; x += step) {
          let sum = 0;
          for (const [v, u] of near) sum += map[place(y + v, x + u)]!;
          map[y * side + x] = sum / 4 + random[draw++]!;
        }
      }
    };
    const aslant = [-half, half].flatMap((v) => [-half, half].map((u) => [v, u] as const));
    const straight = [
      [-half, 0],
      [half, 0],
      [0, -half],
      [0, half],
    ] as const;
    set(half, half, aslant);
    set(0, half, straight);
    set(half, 0, straight);
  }
  const low = map.reduce((a, b) => Math.min(a, b));
  const high = map.reduce((a, b) => Math.max(a, b));
  return map.map((value) => (value - low) / (high - low));
}
