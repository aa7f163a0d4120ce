import type { AxisWeights } from '../filters.js';

const PRECISION = 22; // Pillow's fixed point for 8-bit pictures: 32 - 8 - 2
const ROUGH = 14;

/** Weights of one axis as kernels/resample.as.ts reads them. */
export interface Table {
  /** Of each output element its first input element and how many taps it has (i32); then the 16-bit weights. */
  readonly bytes: Uint8Array;
  /** Where the weights begin. */
  readonly weights: number;
  /** Room for taps per output element, even. */
  readonly taps: number;
  /** Bytes from the upper halves of the weights to the lower ones. */
  readonly low: number;
}

/** What {@link tableOf} makes of weights. */
interface TableOptions {
  /** Pillow's 22 bits in two halves; else 14 bits, whose rounding is put on the largest. */
  readonly exact: boolean;
  /** The last output element comes first. */
  readonly mirrored: boolean;
  /** Taken off all input elements, of which there are `extent`; runs that would reach past them begin earlier, if they can. */
  readonly shift: number;
  readonly extent: number;
}

const tables = new WeakMap<AxisWeights, Map<string, Table>>();

/** Weights in fixed point; the same object for the same weights and options. */
export function tableOf(plan: AxisWeights, options: TableOptions): Table {
  const { exact, mirrored, shift, extent } = options;
  const key = `${exact} ${mirrored} ${shift} ${extent}`;
  const known = tables.get(plan) ?? new Map<string, Table>();
  if (known.size === 0) tables.set(plan, known);
  const table = known.get(key) ?? makeTable(plan, options);
  known.set(key, table);
  return table;
}

function makeTable({ length, first, taps: most, weights }: AxisWeights, options: TableOptions): Table {
  const { exact, mirrored, shift, extent } = options;
  const taps = used(weights, length, most);
  const low = length * taps;
  const plan = new Int32Array(length * 2);
  const packed = new Int16Array(low * (exact ? 2 : 1));
  const one = exact ? 1 << PRECISION : 1 << ROUGH;
  for (let index = 0; index < length; index++) {
    const place = mirrored ? length - 1 - index : index;
    const wanted = first[index]! - shift;
    const start = Math.max(0, Math.min(wanted, extent - taps));
    const skipped = wanted - start;
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
    plan[place * 2] = start;
    plan[place * 2 + 1] = skipped + last + 1;
  }
  const bytes = new Uint8Array(plan.byteLength + packed.byteLength);
  bytes.set(new Uint8Array(plan.buffer));
  bytes.set(new Uint8Array(packed.buffer), plan.byteLength);
  return { bytes, weights: plan.byteLength, taps, low: low * 2 };
}

/** The most taps that an element uses, made even. */
function used(weights: Float64Array, length: number, most: number): number {
  let taps = 1;
  for (let index = 0; index < length && taps < most; index++) {
    let count = most;
    while (count > taps && weights[index * most + count - 1] === 0) count--;
    taps = count;
  }
  return taps + (taps % 2);
}
