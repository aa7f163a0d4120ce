/**
 * What lies beyond the end of an axis `abcd`: `mirror` dcb|abcd without repeating the end (torch and OpenCV call it
 * reflect), `symmetric` with it, `edge` the last value again and again.
 */
export type Edge = 'mirror' | 'symmetric' | 'edge';

/** Index inside 0..length-1 of any whole position, folded back as often as needed. */
export function fold(position: number, length: number, edge: Edge): number {
  if (position >= 0 && position < length) return position;
  if (edge === 'edge' || length === 1) return position < 0 ? 0 : length - 1;
  const period = edge === 'mirror' ? 2 * (length - 1) : 2 * length;
  const inside = ((position % period) + period) % period;
  if (inside < length) return inside;
  return edge === 'mirror' ? period - inside : period - 1 - inside;
}

/** Normalised samples of a Gaussian at -radius..radius. */
export function gaussian(sigma: number, radius: number): Float64Array {
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => {
    return Math.exp(-0.5 * ((i - radius) / sigma) ** 2);
  });
  const sum = kernel.reduce((a, b) => a + b, 0);
  return kernel.map((value) => value / sum);
}

/** Where an axis lies in data of C order: `outer` runs of `length` elements that are `inner` values each. */
export interface AxisLayout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** Correlates one axis with an odd kernel around each element. */
export function convolveAxis(
  data: Float32Array,
  { outer, length, inner }: AxisLayout,
  kernel: Float64Array,
  edge: Edge,
): Float32Array {
  const radius = kernel.length >> 1;
  const source = Int32Array.from({ length: length + 2 * radius }, (_, i) => {
    return fold(i - radius, length, edge) * inner;
  });
  const out = new Float32Array(data.length);
  const along = inner < LONG ? alongLines : acrossLines;
  for (let o = 0; o < outer; o++) along(data, out, o * length * inner, source, inner, kernel);
  return out;
}

/** Runs of at least this many values are summed up as they lie. */
const LONG = 32;

/** Short runs: the line is laid out once with what lies beyond its ends, so that loops run over all of it. */
function alongLines(
  data: Float32Array,
  out: Float32Array,
  base: number,
  source: Int32Array,
  inner: number,
  kernel: Float64Array,
): void {
  const count = (source.length - kernel.length + 1) * inner;
  const line = new Float32Array(source.length * inner);
  for (let i = 0, at = 0; i < source.length; i++) {
    for (let k = 0; k < inner; k++) line[at++] = data[base + source[i]! + k]!;
  }
  const sums = new Float64Array(count);
  for (let tap = 0; tap < kernel.length; tap++) {
    const weight = kernel[tap]!;
    const shift = tap * inner;
    for (let i = 0; i < count; i++) sums[i]! += line[shift + i]! * weight;
  }
  out.set(sums, base);
}

function acrossLines(
  data: Float32Array,
  out: Float32Array,
  base: number,
  source: Int32Array,
  inner: number,
  kernel: Float64Array,
): void {
  const sums = new Float64Array(inner);
  for (let i = 0; i + kernel.length <= source.length; i++) {
    sums.fill(0);
    for (let tap = 0; tap < kernel.length; tap++) {
      const from = base + source[i + tap]!;
      const weight = kernel[tap]!;
      for (let k = 0; k < inner; k++) sums[k]! += data[from + k]! * weight;
    }
    out.set(sums, base + i * inner);
  }
}

/** Correlates rows and columns of planes with one kernel each (or the same for both). */
export function convolvePlanes(
  data: Float32Array,
  shape: {
    readonly count: number;
    readonly height: number;
    readonly width: number;
    readonly channels: number;
  },
  kernels: { readonly y: Float64Array; readonly x: Float64Array },
  edge: Edge,
): Float32Array {
  const { count, height, width, channels } = shape;
  const along = { outer: count * height, length: width, inner: channels };
  const across = { outer: count, length: height, inner: width * channels };
  return convolveAxis(convolveAxis(data, along, kernels.x, edge), across, kernels.y, edge);
}
