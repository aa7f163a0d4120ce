import { roundHalfEven } from '../../core/rounding.js';
/** How values between voxels are made. Masks always use `nearest`. `cubic` is Keys' convolution with a = -1/2. */
export type Interpolation = 'nearest' | 'linear' | 'cubic';

/** For each output position along one axis: which input positions it reads, and their weights. */
export interface Taps {
  readonly count: number;
  readonly width: 1 | 2 | 4;
  /** `width` input positions per output, all inside the axis. */
  readonly index: Int32Array;
  /** `width` weights per output, summing to 1; empty for width 1. */
  readonly weight: Float32Array;
}

/** `value` held between 0 and `last`. */
export function clamp(value: number, last: number): number {
  return Math.max(0, Math.min(value, last));
}

function keys(t: number): [number, number, number, number] {
  const near = (x: number) => (1.5 * x - 2.5) * x * x + 1;
  const far = (x: number) => ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

/** Taps at `coordinates` (in voxels) of an axis of `extent` voxels; outside it the edge voxel is repeated. */
export function tapsAt(coordinates: Float64Array, extent: number, interpolation: Interpolation): Taps {
  const count = coordinates.length;
  const last = extent - 1;
  if (interpolation === 'nearest') {
    const index = Int32Array.from(coordinates, (at) => roundHalfEven(clamp(at, last)));
    return { count, width: 1, index, weight: new Float32Array(0) };
  }
  const width = interpolation === 'linear' ? 2 : 4;
  const index = new Int32Array(count * width);
  const weight = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const at = clamp(coordinates[i]!, last);
    const low = Math.min(Math.floor(at), Math.max(last - 1, 0));
    const t = at - low;
    if (width === 2) {
      index[2 * i] = low;
      index[2 * i + 1] = Math.min(low + 1, last);
      weight[2 * i] = 1 - t;
      weight[2 * i + 1] = t;
    } else {
      keys(t).forEach((value, tap) => {
        index[4 * i + tap] = clamp(low + tap - 1, last);
        weight[4 * i + tap] = value;
      });
    }
  }
  return { count, width, index, weight };
}
