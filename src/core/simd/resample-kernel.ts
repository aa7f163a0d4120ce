import type { AxisWeights } from '../filters.js';
import { RESAMPLE_MODULE } from './resample-module.js';

/** The part of WebAssembly that is used here: Node has it, its types do not. */
interface WebAssemblyApi {
  readonly Memory: new (descriptor: {
    readonly initial: number;
  }) => {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

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
      step: number,
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
}

const PAGE = 65536;
const PRECISION = 22; // Pillow's fixed point for 8-bit pictures: 32 - 8 - 2
const ROUGH = 14;
const SLACK = 64; // vectors reach a little past the last byte

/** Kernel and memory of this thread; everything here runs to its end before anybody else can come in. */
class Kernel {
  readonly functions: Functions;
  private readonly memory: InstanceType<WebAssemblyApi['Memory']>;

  constructor() {
    const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
    this.memory = new api.Memory({ initial: 16 });
    const module = new api.Module(Buffer.from(RESAMPLE_MODULE, 'base64'));
    this.functions = new api.Instance(module, { env: { memory: this.memory } }).exports as Functions;
  }

  /** At least `bytes` of memory; earlier views of it are void. */
  reserve(bytes: number): ArrayBuffer {
    const missing = Math.ceil((bytes - this.memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.memory.grow(missing);
    return this.memory.buffer;
  }
}

let kernel: Kernel | undefined;

/** One axis to resample, as {@link AxisWeights} say. */
export interface Pass {
  readonly axis: 'x' | 'y';
  readonly plan: AxisWeights;
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
 * Carries out `passes` in order on RGB pixels, or, where only rows are resampled, on rows of any bytes (`width` is then
 * a third of their length). `exact`: the sums of Pillow's 22-bit fixed point; else 14 bits, at most 2 levels off.
 */
export function resamplePixels(
  pixels: Pixels,
  passes: readonly Pass[],
  exact = true,
  mirrored = false,
): Uint8Array {
  kernel ??= new Kernel();
  const tables = passes.map(({ plan }) => table(plan, exact));
  let at = 0;
  const place = (bytes: number) => {
    const start = at;
    at += Math.ceil((bytes + SLACK) / 64) * 64;
    return start;
  };
  const spots = tables.map(({ bytes }) => place(bytes));
  let { height, width } = pixels;
  const row = Math.round(width * 3);
  // A last tap of weight 0 may reach one row further.
  const areas = [place((height + 1) * row)];
  for (const { axis, plan } of passes) {
    if (axis === 'x') width = plan.length;
    else height = plan.length;
    areas.push(place((height + 1) * Math.round(width * 3)));
  }
  const buffer = kernel.reserve(at);
  const bytes = new Uint8Array(buffer);
  for (let y = 0; y < pixels.height; y++) {
    const from = pixels.offset + y * pixels.stride;
    bytes.set(pixels.data.subarray(from, from + row), areas[0]! + y * row);
  }
  let now = { height: pixels.height, row };
  for (const [turn, { axis, plan }] of passes.entries()) {
    const { low, taps } = tables[turn]!;
    const weights = write(buffer, spots[turn]!, tables[turn]!);
    const [src, dst] = [areas[turn]!, areas[turn + 1]!];
    const spot = spots[turn]!;
    if (axis === 'x') {
      const pitch = plan.length * 3;
      const flip = mirrored && turn === passes.length - 1 ? 1 : 0;
      const start = flip ? dst + pitch - 3 : dst;
      const numbers = [
        start,
        pitch,
        plan.length,
        flip ? -3 : 3,
        spot,
        weights,
        taps,
        low,
        Number(exact),
      ] as const;
      kernel.functions.columns(src, now.row, now.height, ...numbers);
      now = { height: now.height, row: pitch };
    } else {
      const numbers = [dst, now.row, plan.length, spot, weights, taps, low, Number(exact)] as const;
      kernel.functions.rows(src, now.row, now.row, ...numbers);
      now = { height: plan.length, row: now.row };
    }
  }
  const out = areas[areas.length - 1]!;
  return bytes.slice(out, out + now.height * now.row);
}

interface Table {
  readonly plan: Int32Array;
  readonly weights: Int16Array;
  /** Taps per output element, even. */
  readonly taps: number;
  /** Bytes from the upper halves of the weights to the lower ones. */
  readonly low: number;
  readonly bytes: number;
}

function write(buffer: ArrayBuffer, at: number, { plan, weights }: Table): number {
  new Int32Array(buffer, at, plan.length).set(plan);
  new Int16Array(buffer, at + plan.byteLength, weights.length).set(weights);
  return at + plan.byteLength;
}

function table({ length, first, taps: most, weights }: AxisWeights, exact: boolean): Table {
  const taps = most + (most % 2);
  const plan = new Int32Array(length * 2);
  const packed = new Int16Array(length * taps * (exact ? 2 : 1));
  for (let index = 0; index < length; index++) {
    let used = most;
    while (used > 1 && weights[index * most + used - 1] === 0) used--;
    plan[index * 2] = first[index]!;
    plan[index * 2 + 1] = used + (used % 2);
    let [sum, largest] = [0, index * taps];
    for (let tap = 0; tap < used; tap++) {
      const weight = weights[index * most + tap]!;
      const place = index * taps + tap;
      if (exact) {
        const fixed = Math.trunc(weight * (1 << PRECISION) + (weight < 0 ? -0.5 : 0.5));
        packed[place] = fixed >> 11;
        packed[place + length * taps] = fixed & 0x7ff;
      } else {
        packed[place] = Math.round(weight * (1 << ROUGH));
        sum += packed[place]!;
        if (packed[place]! > packed[largest]!) largest = place;
      }
    }
    if (!exact) packed[largest]! += (1 << ROUGH) - sum;
  }
  return { plan, weights: packed, taps, low: length * taps * 2, bytes: plan.byteLength + packed.byteLength };
}
