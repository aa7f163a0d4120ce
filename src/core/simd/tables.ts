import type { AxisWeights } from '../filters.js';

const PRECISION = 22; // Pillow's fixed point for 8-bit pictures: 32 - 8 - 2
const ROUGH = 14;

/** Weights of one axis in memory, as kernels/resample.as.ts reads them. */
export interface Table {
  /** Address of, for each output element, its first input element. */
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
 * Writes fixed-point weights at `at`, which is a multiple of 4. `exact`: Pillow's 22 bits in two halves; else 14 bits,
 * whose rounding is put on the largest. `mirrored`: the last output element comes first. `shift` is taken off all input
 * elements, of which there are `extent`; runs that would reach past them begin earlier, if they can.
 */
export function writeTable(
  buffer: ArrayBuffer,
  at: number,
  { length, first, taps: most, weights }: AxisWeights,
  options: { exact: boolean; mirrored?: boolean; shift?: number; extent: number },
): Table {
  const { exact, mirrored = false, shift = 0, extent } = options;
  const taps = used(weights, length, most);
  const low = length * taps;
  const plan = new Int32Array(buffer, at, length * 2);
  const packed = new Int16Array(buffer, at + plan.byteLength, low * (exact ? 2 : 1));
  packed.fill(0);
  const one = exact ? 1 << PRECISION : 1 << ROUGH;
  for (let index = 0; index < length; index++) {
    const place = mirrored ? length - 1 - index : index;
    const wanted = first[index]! - shift;
    const start = Math.max(0, Math.min(wanted, extent - taps));
    const skipped = wanted - start;
    plan[place * 2] = start;
    const count = Math.min(most, taps - skipped);
    const from = index * most;
    const to = place * taps + skipped;
    let sum = 0;
    let largest = to;
    let last = 0;
    for (let tap = 0; tap < count; tap++) {
      const weight = weights[from + tap]!;
      const fixed = (weight * one + (weight < 0 ? -0.5 : 0.5)) | 0;
      if (fixed !== 0) last = tap;
      if (exact) {
        packed[to + tap] = fixed >> 11;
        packed[to + tap + low] = fixed & 0x7ff;
      } else {
        packed[to + tap] = fixed;
        sum += fixed;
        if (fixed > packed[largest]!) largest = to + tap;
      }
    }
    if (!exact) packed[largest]! += one - sum;
    plan[place * 2 + 1] = last + skipped + 1;
  }
  return { plan: at, weights: at + plan.byteLength, taps, low: low * 2 };
}

/** The most taps that an element uses, made even. */
function used(weights: Float64Array, length: number, most: number): number {
  let taps = 1;
  for (let index = 0; index < length && taps < most; index++) {
    let count = most;
    while (count > taps && weights[index * most + count - 1] === 0) count--;
    taps = count;
  }
  return even(taps);
}

function even(count: number): number {
  return count + (count % 2);
}
