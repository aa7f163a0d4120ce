import type { AxisWeights } from '../filters.js';

const PRECISION = 22; // Pillow's fixed point for 8-bit pictures: 32 - 8 - 2
const ROUGH = 14;

/** Weights of one axis in memory, as kernels/resample.as.ts reads them. */
export interface Table {
  /** Address of, for each output element, its first input element and its number of taps, which is even. */
  readonly plan: number;
  /** Address of the 16-bit weights. */
  readonly weights: number;
  /** Taps per output element, even. */
  readonly taps: number;
  /** Bytes from the upper halves of the weights to the lower ones. */
  readonly low: number;
}

/** Bytes that {@link writeTable} needs. */
export function tableBytes({ length, taps }: AxisWeights, exact: boolean): number {
  return length * (8 + 2 * even(taps) * (exact ? 2 : 1));
}

/**
 * Writes fixed-point weights at `at`. `exact`: Pillow's 22 bits in two halves; else 14 bits, whose rounding is put on the
 * largest. `mirrored`: the last output element comes first. `shift` is taken off all input elements.
 */
export function writeTable(
  buffer: ArrayBuffer,
  at: number,
  { length, first, taps: most, weights }: AxisWeights,
  { exact, mirrored = false, shift = 0 }: { exact: boolean; mirrored?: boolean; shift?: number },
): Table {
  const taps = even(most);
  const low = length * taps;
  const plan = new Int32Array(buffer, at, length * 2);
  const packed = new Int16Array(buffer, at + plan.byteLength, low * (exact ? 2 : 1));
  for (let index = 0; index < length; index++) {
    const from = index * most;
    const place = mirrored ? length - 1 - index : index;
    const to = place * taps;
    let used = most;
    while (used > 1 && weights[from + used - 1] === 0) used--;
    plan[place * 2] = first[index]! - shift;
    plan[place * 2 + 1] = even(used);
    if (used % 2 === 1) {
      packed[to + used] = 0;
      if (exact) packed[to + used + low] = 0;
    }
    if (exact) {
      for (let tap = 0; tap < used; tap++) {
        const weight = weights[from + tap]!;
        const fixed = (weight * (1 << PRECISION) + (weight < 0 ? -0.5 : 0.5)) | 0;
        packed[to + tap] = fixed >> 11;
        packed[to + tap + low] = fixed & 0x7ff;
      }
      continue;
    }
    let sum = 0;
    let largest = to;
    for (let tap = 0; tap < used; tap++) {
      const fixed = Math.round(weights[from + tap]! * (1 << ROUGH));
      packed[to + tap] = fixed;
      sum += fixed;
      if (fixed > packed[largest]!) largest = to + tap;
    }
    packed[largest]! += (1 << ROUGH) - sum;
  }
  return { plan: at, weights: at + plan.byteLength, taps, low: low * 2 };
}

function even(count: number): number {
  return count + (count % 2);
}
