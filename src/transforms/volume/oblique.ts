import { roundHalfEven } from '../../core/rounding.js';
import { type NumericArray, sameKind } from './arrays.js';
import { type Outside, sourceIndex } from './plan.js';
import type { Steps } from './steps.js';
import { clamp, type Interpolation, tapsAt } from './taps.js';
import type { Grid } from './volume.js';

/** A sampler of one point; writes `channels` values to `out` at `to`. */
type Sampler<T extends NumericArray> = (x: number, y: number, z: number, out: T, to: number) => void;

function nearestSampler(data: NumericArray, grid: Grid, channels: number): Sampler<NumericArray> {
  const [nx, ny, nz] = grid.size;
  const at = (value: number, extent: number) => roundHalfEven(clamp(value, extent - 1));
  return (x, y, z, out, to) => {
    const from = ((at(z, nz) * ny + at(y, ny)) * nx + at(x, nx)) * channels;
    for (let c = 0; c < channels; c++) out[to + c] = data[from + c]!;
  };
}

function linearSampler(data: NumericArray, grid: Grid, channels: number): Sampler<NumericArray> {
  const [nx, ny, nz] = grid.size;
  const [row, plane] = [nx * channels, nx * ny * channels];
  return (x, y, z, out, to) => {
    const px = clamp(x, nx - 1);
    const py = clamp(y, ny - 1);
    const pz = clamp(z, nz - 1);
    const [x0, y0, z0] = [Math.floor(px), Math.floor(py), Math.floor(pz)];
    const [tx, ty, tz] = [px - x0, py - y0, pz - z0];
    const dx = x0 + 1 < nx ? channels : 0;
    const dy = y0 + 1 < ny ? row : 0;
    const dz = z0 + 1 < nz ? plane : 0;
    for (let c = 0; c < channels; c++) {
      const a = z0 * plane + y0 * row + x0 * channels + c;
      const low = lerp(lerp(data[a]!, data[a + dx]!, tx), lerp(data[a + dy]!, data[a + dy + dx]!, tx), ty);
      const b = a + dz;
      const high = lerp(lerp(data[b]!, data[b + dx]!, tx), lerp(data[b + dy]!, data[b + dy + dx]!, tx), ty);
      out[to + c] = lerp(low, high, tz);
    }
  };
}

function lerp(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

function cubicSampler(data: NumericArray, grid: Grid, channels: number): Sampler<NumericArray> {
  const [nx, ny, nz] = grid.size;
  const taps = (at: number, extent: number) => tapsAt(Float64Array.of(at), extent, 'cubic');
  return (x, y, z, out, to) => {
    const [X, Y, Z] = [taps(x, nx), taps(y, ny), taps(z, nz)];
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let k = 0; k < 64; k++) {
        const [i, j, l] = [k & 3, (k >> 2) & 3, k >> 4];
        const from = ((Z.index[l]! * ny + Y.index[j]!) * nx + X.index[i]!) * channels + c;
        sum += data[from]! * X.weight[i]! * Y.weight[j]! * Z.weight[l]!;
      }
      out[to + c] = sum;
    }
  };
}

/** Makes a sampler of the values of a grid, by interpolation. */
export const SAMPLERS = { nearest: nearestSampler, linear: linearSampler, cubic: cubicSampler } as const;

/** Resampling between grids that are turned or sheared against each other: every output voxel by itself. */
export function* resampleOblique(
  data: NumericArray,
  source: Grid,
  target: Grid,
  channels: number,
  interpolation: Interpolation,
  outside: Outside,
  fill: number,
): Steps<NumericArray> {
  const [nx, ny, nz] = target.size;
  const out: NumericArray =
    interpolation === 'nearest'
      ? sameKind(data, nx * ny * nz * channels)
      : new Float32Array(nx * ny * nz * channels);
  if (fill !== 0) out.fill(fill);
  const sample = SAMPLERS[interpolation](data, source, channels);
  const [rx, ry, rz] = sourceIndex(source, target) as readonly (readonly [number, number, number, number])[];
  const inside = (at: number, extent: number) => outside === 'edge' || (at >= -0.5 && at <= extent - 0.5);
  let to = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const [bx, by, bz] = [rx!, ry!, rz!].map((row) => row[1] * j + row[2] * k + row[3]) as [
        number,
        number,
        number,
      ];
      for (let i = 0; i < nx; i++, to += channels) {
        const [x, y, z] = [bx + rx![0] * i, by + ry![0] * i, bz + rz![0] * i];
        if (inside(x, source.size[0]) && inside(y, source.size[1]) && inside(z, source.size[2]))
          sample(x, y, z, out, to);
      }
    }
    yield;
  }
  return out;
}
