import type { RasterData } from '../../core/sample.js';

const BUCKETS = 1 << 16;

/** Values of an array in ascending order, found by counting instead of sorting. */
export interface Ranks {
  /** How many values there are. */
  readonly count: number;
  /** The value with `rank` smaller or equal ones before it; rank 0 to count - 1. */
  at(rank: number): number;
}

/** A number whose unsigned order is that of the float32 with these bits. */
function orderOf(bits: number): number {
  return (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0;
}

/** The float32 of an order. */
function floatOf(order: number): number {
  const bits = order & 0x80000000 ? order & 0x7fffffff : ~order;
  return new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}

/** The bucket in which the value of `rank` lies, and its rank there. */
function locate(histogram: Float64Array, rank: number): { bucket: number; rest: number } {
  let rest = rank;
  let bucket = 0;
  while (rest >= histogram[bucket]!) rest -= histogram[bucket++]!;
  return { bucket, rest };
}

function ofIntegers(data: Uint8Array | Int16Array, nonzero: boolean): Ranks {
  const histogram = new Float64Array(BUCKETS);
  for (let i = 0; i < data.length; i++) histogram[data[i]! + 32768]!++;
  if (nonzero) histogram[32768] = 0;
  const count = histogram.reduce((sum, value) => sum + value, 0);
  return { count, at: (rank) => locate(histogram, rank).bucket - 32768 };
}

/** Two passes over the bits: the upper half finds a bucket, the lower half the value in it. */
function ofFloats(data: Float32Array, nonzero: boolean): Ranks {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const histogram = new Float64Array(BUCKETS);
  let count = 0;
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i]!;
    if ((value & 0x7f800000) === 0x7f800000 || (nonzero && (value & 0x7fffffff) === 0)) continue; // not finite, or 0
    histogram[orderOf(value) >>> 16]!++;
    count++;
  }
  const at = (rank: number) => {
    const { bucket, rest } = locate(histogram, rank);
    const fine = new Float64Array(BUCKETS);
    for (let i = 0; i < bits.length; i++) {
      const value = bits[i]!;
      const order = orderOf(value);
      if (order >>> 16 !== bucket || (value & 0x7f800000) === 0x7f800000) continue;
      if (nonzero && (value & 0x7fffffff) === 0) continue;
      fine[order & 0xffff]!++;
    }
    return floatOf(((bucket << 16) | locate(fine, rest).bucket) >>> 0);
  };
  return { count, at };
}

/** Ranks of the finite values of an array; `nonzero` leaves zeros out. */
export function ranksOf(data: RasterData, nonzero: boolean): Ranks {
  return data instanceof Float32Array ? ofFloats(data, nonzero) : ofIntegers(data, nonzero);
}
