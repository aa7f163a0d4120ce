import type { AxisWeights } from '../filters.js';
import { RESAMPLE_MODULE } from './resample-module.js';
import { tableOf } from './tables.js';
import { instantiate } from './wasm.js';

/** Functions of kernels/resample.as.ts; addresses, strides and pitches are bytes. */
interface Functions {
  columns(
    ...numbers: readonly [
      src: number,
      stride: number,
      rows: number,
      dst: number,
      pitch: number,
      size: number,
      plan: number,
      weights: number,
      taps: number,
      low: number,
      exact: number,
    ]
  ): void;
  rows(
    ...numbers: readonly [
      src: number,
      stride: number,
      bytes: number,
      dst: number,
      pitch: number,
      size: number,
      plan: number,
      weights: number,
      taps: number,
      low: number,
      exact: number,
    ]
  ): void;
  recolour(pixels: number, count: number, shares: number, encoded: number): void;
}

const PAGE = 65536;
/** Room for the tables of {@link recolourPixels}, so that it never moves the pixels that it is given. */
const HEADROOM = 2 * PAGE;
const SLACK = 64; // vectors reach a little past the last byte

/** Kernel and memory of this thread; everything here runs to its end before anybody else can come in. */
class Kernel {
  readonly functions: Functions;
  /** Bytes at the start of the memory that {@link pixelRoom} handed out. */
  room = 0;
  /** At least `bytes` of memory; earlier views of it are void. */
  readonly reserve: (bytes: number) => ArrayBuffer;

  constructor() {
    const { functions, reserve } = instantiate<Functions>(RESAMPLE_MODULE);
    this.functions = functions;
    this.reserve = reserve;
  }

  get buffer(): ArrayBuffer {
    return this.reserve(0);
  }
}

let kernel: Kernel | undefined;

/** One axis to resample, as {@link AxisWeights} say. */
export interface Pass {
  readonly axis: 'x' | 'y';
  readonly plan: AxisWeights;
  /** The pixels begin so many elements after the one that the plan calls 0. */
  readonly shift?: number;
  readonly mirrored?: boolean;
}

/** Rows of RGB bytes. */
export interface Pixels {
  readonly data: Uint8Array;
  /** Where the first row starts, and bytes from row to row. */
  readonly offset: number;
  readonly stride: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Memory for `bytes` of pixels from which {@link resamplePixels} reads without a copy. What is in it is lost, and the
 * view may become void, with the thread's next call of either.
 */
export function pixelRoom(bytes: number): Uint8Array {
  kernel ??= new Kernel();
  kernel.room = Math.max(kernel.room, aligned(bytes));
  return new Uint8Array(kernel.reserve(kernel.room + HEADROOM), 0, bytes);
}

/**
 * Carries out `passes` in order on RGB pixels, or, where only rows are resampled, on rows of any bytes (`width` is then
 * a third of their length). `exact`: the sums of Pillow's 22-bit fixed point; else 14 bits, at most 2 levels off.
 * @param into where the result is put; new memory unless told
 */
export function resamplePixels(
  pixels: Pixels,
  passes: readonly Pass[],
  exact = true,
  into?: Uint8Array,
): Uint8Array {
  kernel ??= new Kernel();
  const inPlace = pixels.data.buffer === kernel.buffer;
  let at = kernel.room;
  const place = (bytes: number) => {
    const start = at;
    at += aligned(bytes);
    return start;
  };
  const tables = passes.map(({ axis, plan, mirrored = false, shift = 0 }) => {
    const extent = axis === 'x' ? Math.round(pixels.width) : pixels.height;
    return tableOf(plan, { exact, mirrored, shift, extent });
  });
  const spots = tables.map(({ bytes }) => place(bytes.length));
  let row = Math.round(pixels.width * 3);
  let { height } = pixels;
  let stride = inPlace ? pixels.stride : row;
  // A last tap of weight 0 may reach one row further; columns are made of four rows at a time.
  let from = inPlace ? pixels.data.byteOffset + pixels.offset : place((height + 1) * row);
  const areas = passes.map(({ axis, plan }) => {
    if (axis === 'x') row = plan.length * 3;
    else height = plan.length;
    return place((height + 4) * row);
  });
  const buffer = kernel.reserve(at + 4 * stride);
  const bytes = new Uint8Array(buffer);
  if (!inPlace) copyRows(pixels, bytes, from);
  ({ height } = pixels);
  row = Math.round(pixels.width * 3);
  for (const [turn, { axis, plan }] of passes.entries()) {
    const [to, spot, table] = [areas[turn]!, spots[turn]!, tables[turn]!];
    bytes.set(table.bytes, spot);
    const rest = [plan.length, spot, spot + table.weights, table.taps, table.low, Number(exact)] as const;
    if (axis === 'x') {
      const pitch = plan.length * 3;
      kernel.functions.columns(from, stride, height, to, pitch, ...rest);
      row = pitch;
    } else {
      kernel.functions.rows(from, stride, row, to, row, ...rest);
      height = plan.length;
    }
    from = to;
    stride = row;
  }
  const result = bytes.subarray(from, from + height * row);
  if (into === undefined) return result.slice();
  into.set(result);
  return into;
}

/**
 * Changes RGB pixels in place: each becomes the levels in `encoded` (65,536 of them) at the sums of its channels'
 * `shares`, which are those of all 256 levels of red, then of green and of blue, four numbers each, in sixteenths.
 */
export function recolourPixels(pixels: Uint8Array, shares: Int32Array, encoded: Uint8Array): void {
  kernel ??= new Kernel();
  const inPlace = pixels.buffer === kernel.buffer;
  const tables = kernel.room;
  const levels = tables + aligned(shares.byteLength);
  const copy = levels + aligned(encoded.length);
  const at = inPlace ? pixels.byteOffset : copy;
  const buffer = kernel.reserve(copy + (inPlace ? 0 : aligned(pixels.length)));
  const bytes = new Uint8Array(buffer);
  new Int32Array(buffer, tables, shares.length).set(shares);
  bytes.set(encoded, levels);
  if (!inPlace) bytes.set(pixels, copy);
  kernel.functions.recolour(at, Math.floor(pixels.length / 3), tables, levels);
  if (!inPlace) pixels.set(bytes.subarray(copy, copy + pixels.length));
}

function aligned(bytes: number): number {
  return Math.ceil((bytes + SLACK) / 64) * 64;
}

function copyRows({ data, offset, stride, height, width }: Pixels, to: Uint8Array, at: number): void {
  const row = Math.round(width * 3);
  if (stride === row) {
    to.set(data.subarray(offset, offset + height * row), at);
    return;
  }
  for (let y = 0; y < height; y++) {
    const from = offset + y * stride;
    to.set(data.subarray(from, from + row), at + y * row);
  }
}
