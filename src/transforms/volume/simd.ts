import { borrowKernel, holderOf, type Kernel, returnKernel, VOXELS } from './kernel.js';
import type { Line } from './line.js';
import type { Source, Target } from './separable.js';
import type { Steps } from './steps.js';
import type { Taps } from './taps.js';

/** Output positions per tile; fixed in the kernel. */
const TILE = 16;
/** Positions along the third axis whose rows are made together: neighbours read the same voxels. */
const ROWS = 8;
const MOST = 2 ** 31 - 65536;
const KINDS = [Uint8Array, Int16Array, Float32Array] as const;
/** Results, four smallest and four largest, lie at the start of the memory. */
const RANGE = 0;
/** Values that are scaled and handed out at a time, while they are in the processor's cache. */
const PIECE = 32768;

/** Three tables one after another: offsets of the lower and the higher position, and the share of the higher. */
function writeTable(
  buffer: ArrayBuffer,
  at: number,
  { width, index, weight }: Taps,
  { first, count }: { readonly first: number; readonly count: number },
  offset: (position: number) => number,
): void {
  const offsets = new Int32Array(buffer, at, 2 * count);
  const shares = new Float32Array(buffer, at + 8 * count, count);
  for (let i = 0; i < count; i++) {
    const tap = (first + i) * width;
    offsets[i] = offset(index[tap]!);
    offsets[count + i] = offset(index[tap + width - 1]!);
    shares[i] = width === 1 ? 0 : weight[tap + 1]!;
  }
}

/** The positions that taps read, ascending. */
function positionsOf({ index }: Taps): number[] {
  return [...new Set(index)].sort((a, b) => a - b);
}

/** Where things lie in the kernel's memory behind the voxels. */
function layOut(voxels: number, planes: number, long: number, columns: number, nx: number, count: number) {
  const aligned = (at: number) => Math.ceil(at / 64) * 64;
  const pitch = aligned(4 * (nx + 8)) + 64; // apart so that strips do not share the places of one cache set
  const offsets = aligned(voxels + 64); // a row's last vector may read a little beyond it
  const pairs = aligned(offsets + 4 * planes);
  const f = aligned(pairs + 12 * long);
  const m = aligned(f + 12 * columns);
  const strips = aligned(m + 12 * ROWS);
  const line = strips + ROWS * planes * pitch;
  const piece = aligned(line + 64 * (nx + 4));
  const out = piece + 4 * PIECE;
  return { pitch, offsets, pairs, f, m, strips, line, piece, out, end: out + 4 * count + 64 };
}

/** The line that takes the results, whose range the kernel has noted, to 0..1; undefined unless that is finite. */
function unitLine(buffer: ArrayBuffer): Line | undefined {
  const range = new Float32Array(buffer, RANGE, 8);
  const low = Math.min(...range.subarray(0, 4));
  const high = Math.max(...range.subarray(4));
  if (!Number.isFinite(low) || !Number.isFinite(high)) return undefined;
  const ends = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  return { subtract: low, gain: 1 / (high - low || 1), add: 0, ...ends };
}

/** Takes the results out of the kernel's memory, scaled by `line`. */
function* deliver(
  kernel: Kernel,
  { out, piece }: { readonly out: number; readonly piece: number },
  to: Float32Array,
  line: Line | undefined,
): Steps<void> {
  const buffer = kernel.reserve(0);
  for (let start = 0; start < to.length; start += PIECE) {
    const count = Math.min(PIECE, to.length - start);
    const from = out + 4 * start;
    if (line !== undefined) {
      const { subtract, gain, add, low, high } = line;
      kernel.line(from, count, piece, subtract, gain, add, low, high);
    }
    to.set(new Float32Array(buffer, line === undefined ? from : piece, count), start);
    yield;
  }
}

/**
 * The SIMD form of `resampleTrilinear`, in float32; undefined where it does not apply: other element types, results
 * that do not fill the output, fewer than 16 positions along the tiles, or volumes beyond 2 GiB. Voxels that lie in a
 * `voxelRoom` are void afterwards.
 *
 * @param line scale the results too
 * @returns work whose result says whether they are scaled
 */
export function resampleSimd(
  source: Source,
  taps: readonly [Taps, Taps, Taps],
  target: Target,
  line?: Line | 'unit',
): Steps<boolean> | undefined {
  const { data, size } = source;
  const kind = KINDS.findIndex((type) => data instanceof type);
  const [x, y, z] = taps;
  const whole = target.base === 0 && x.count * y.count * z.count === target.data.length;
  const [sx, sy, sz] = target.strides;
  const axis = Math.min(sx, sy) < sz ? 1 : 2; // tiles run along this source axis: the output's fastest, or beside x
  const [long, short] = axis === 1 ? [y, z] : [z, y];
  const holder = holderOf(data.buffer);
  const start = holder === undefined ? VOXELS : data.byteOffset;
  const planes = positionsOf(long);
  const { length } = target.data;
  const layout = layOut(start + data.byteLength, planes.length, long.count, x.count, size[0], length);
  if (kind < 0 || source.channels !== 1 || !whole || long.count < TILE || layout.end > MOST) return undefined;
  return run();

  function* run(): Steps<boolean> {
    const kernel = holder ?? borrowKernel();
    const buffer = kernel.reserve(layout.end);
    const element = KINDS[kind]!.BYTES_PER_ELEMENT;
    if (holder === undefined) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      new Uint8Array(buffer, start, bytes.length).set(bytes);
    }
    const { offsets, pitch, pairs, f, m, strips, line: row, out } = layout;
    const other = axis === 1 ? 2 : 1;
    const strides = [element, size[0] * element, size[0] * size[1] * element] as const;
    new Int32Array(buffer, offsets, planes.length).set(planes.map((plane) => plane * strides[axis]));
    const strip = new Map(planes.map((plane, at) => [plane, at * pitch]));
    writeTable(buffer, pairs, long, { first: 0, count: long.count }, (plane) => strip.get(plane)!);
    writeTable(buffer, f, x, { first: 0, count: x.count }, (position) => position * 4 * TILE);
    new Float32Array(buffer, RANGE, 4).fill(Number.POSITIVE_INFINITY);
    new Float32Array(buffer, RANGE + 16, 4).fill(Number.NEGATIVE_INFINITY);
    for (let first = 0; first < short.count; first += ROWS) {
      const count = Math.min(ROWS, short.count - first);
      writeTable(buffer, m, short, { first, count }, (position) => start + position * strides[other]);
      kernel.blend(kind, size[0], m, count, offsets, planes.length, strips, pitch);
      for (let j = 0; j < count; j++) {
        const from = strips + j * planes.length * pitch;
        const to = out + 4 * (first + j) * target.strides[other];
        const places = [row, to, 4 * sx, 4 * target.strides[axis], RANGE] as const;
        kernel.slab(size[0], from, pairs, long.count, f, x.count, ...places);
      }
      yield;
    }
    const scaling = line === 'unit' ? unitLine(buffer) : line;
    yield* deliver(kernel, layout, target.data, scaling);
    if (holder === undefined) returnKernel(kernel);
    return scaling !== undefined;
  }
}
