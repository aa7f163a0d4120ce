import { borrowKernel, type Kernel, returnKernel } from './kernel.js';
import type { Line } from './line.js';
import type { Source, Target } from './separable.js';
import type { Steps } from './steps.js';
import type { Taps } from './taps.js';

/** Output positions per tile; fixed in the kernel. */
const TILE = 16;
const MOST = 2 ** 31 - 65536;
const KINDS = [Uint8Array, Int16Array, Float32Array] as const;

/** Three tables one after another: byte offsets of the lower and the higher position, and the share of the higher. */
function writeTable(
  buffer: ArrayBuffer,
  at: number,
  { width, index, weight }: Taps,
  range: { readonly first: number; readonly count: number },
  stride: number,
  base = 0,
): void {
  const { first, count } = range;
  const offsets = new Int32Array(buffer, at, 2 * count);
  const shares = new Float32Array(buffer, at + 8 * count, count);
  for (let i = 0; i < count; i++) {
    const tap = (first + i) * width;
    offsets[i] = base + index[tap]! * stride;
    offsets[count + i] = base + index[tap + width - 1]! * stride;
    shares[i] = width === 1 ? 0 : weight[tap + 1]!;
  }
}

/** Where things lie in the kernel's memory. */
function layOut(rows: number, columns: number, nx: number, sourceBytes: number, outBytes: number) {
  const aligned = (at: number) => Math.ceil(at / 64) * 64;
  const m = 1024; // the tile's own tables and results lie below
  const f = aligned(m + 12 * rows);
  const line = aligned(f + 12 * columns);
  const source = aligned(line + 64 * (nx + 4));
  const out = aligned(source + sourceBytes + 64); // a row's last vector may read a little beyond it
  return { result: 0, tiles: 256, m, f, line, source, out, end: out + outBytes + 64 };
}

/** Scales the results where they lie: by a line, or from their own range to 0..1 unless that is not finite. */
function scale(kernel: Kernel, at: number, count: number, result: number, line: Line | 'unit'): boolean {
  if (line !== 'unit') {
    kernel.line(at, count, line.subtract, line.gain, line.add, line.low, line.high);
    return true;
  }
  kernel.range(at, count, result);
  const [low, high] = new Float32Array(kernel.buffer, result, 2) as unknown as readonly [number, number];
  if (!Number.isFinite(low) || !Number.isFinite(high) || high < low) return false;
  kernel.line(at, count, low, 1 / (high - low || 1), 0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  return true;
}

/**
 * The SIMD form of `resampleTrilinear`, in float32; undefined where it does not apply: other element types, results
 * that do not fill the output, fewer than 16 positions along the tiles, or volumes beyond 2 GiB.
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
  const layout = layOut(short.count, x.count, size[0], data.byteLength, target.data.byteLength);
  if (kind < 0 || source.channels !== 1 || !whole || long.count < TILE || layout.end > MOST) return undefined;
  return run();

  function* run(): Steps<boolean> {
    const kernel = borrowKernel(layout.end);
    const { buffer } = kernel;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    new Uint8Array(buffer, layout.source, bytes.length).set(bytes);
    const element = data.BYTES_PER_ELEMENT;
    const strides = [element, size[0] * element, size[0] * size[1] * element] as const;
    const other = axis === 1 ? 2 : 1;
    writeTable(buffer, layout.m, short, { first: 0, count: short.count }, strides[other], layout.source);
    writeTable(buffer, layout.f, x, { first: 0, count: x.count }, 4 * TILE);
    const alongX = sx < sy && sx < sz;
    const across = 4 * target.strides[axis];
    for (let next = 0; next < long.count; next += TILE) {
      const first = Math.min(next, long.count - TILE); // the last tile does some positions again
      writeTable(buffer, layout.tiles, long, { first, count: TILE }, strides[axis]);
      kernel.tile(
        kind,
        Math.log2(element),
        size[0],
        layout.tiles,
        layout.m,
        short.count,
        layout.f,
        x.count,
        layout.line,
        layout.out + first * across,
        alongX ? across : 4 * sx,
        4 * target.strides[other],
        alongX ? 1 : 0,
      );
      yield;
    }
    const count = target.data.length;
    const scaled = line !== undefined && scale(kernel, layout.out, count, layout.result, line);
    target.data.set(new Float32Array(buffer, layout.out, count));
    returnKernel(kernel);
    return scaled;
  }
}
