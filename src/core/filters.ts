/** Interpolation kernels of {@link axisWeights}; names and shapes as in Pillow. `nearest` is for masks. */
export type Filter = 'nearest' | 'box' | 'bilinear' | 'bicubic' | 'lanczos';

/** For each output element the first input element it reads and the weights of the run that starts there. */
export interface AxisWeights {
  readonly length: number;
  readonly first: Int32Array;
  /** Number of taps per output element; weights of element i start at `i * taps`, zero-filled. */
  readonly taps: number;
  readonly weights: Float64Array;
}

/** A run of source coordinates [start, end) of an axis of `extent` elements; fractions of elements are allowed. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly extent: number;
}

const KERNELS: Readonly<Record<Exclude<Filter, 'nearest'>, { support: number; at: (x: number) => number }>> =
  {
    box: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
    bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
    bicubic: { support: 2, at: (x) => cubic(Math.abs(x), -0.5) },
    lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
  };

/**
 * Weights that resample `span` to `size` elements and keep those from `offset` to `offset + count`. When the axis
 * shrinks the kernel widens with it (antialiasing), exactly as Pillow and torchvision's antialiased resize do.
 *
 * @param size length of the whole resampled axis; @param offset first element wanted; @param count how many
 */
export function axisWeights(
  span: Span,
  size: number,
  offset: number,
  count: number,
  filter: Filter,
): AxisWeights {
  const scale = (span.end - span.start) / size;
  if (filter === 'nearest') return nearestWeights(span, scale, offset, count);
  const kernel = KERNELS[filter];
  const widen = Math.max(scale, 1);
  const support = kernel.support * widen;
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(count);
  const weights = new Float64Array(count * taps);
  for (let index = 0; index < count; index++) {
    const centre = span.start + (index + offset + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(span.extent, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let x = low; x < high; x++) {
      const weight = kernel.at((x - centre + 0.5) / widen);
      weights[index * taps + x - low] = weight;
      sum += weight;
    }
    const used = high - low;
    if (sum !== 0) for (let tap = 0; tap < used; tap++) weights[index * taps + tap]! /= sum;
    first[index] = low;
  }
  return { length: count, first, taps, weights };
}

/** The elements of a whole axis that its resampling to `size` reads for `count` elements from `offset` on. */
export function reach(
  extent: number,
  size: number,
  offset: number,
  count: number,
  filter: Filter,
): { readonly start: number; readonly length: number } {
  const scale = extent / size;
  if (scale === 1) return { start: offset, length: count };
  if (filter === 'nearest') {
    const { first } = nearestWeights({ start: 0, end: extent, extent }, scale, offset, count);
    return { start: first[0]!, length: first[count - 1]! + 1 - first[0]! };
  }
  const support = KERNELS[filter].support * Math.max(scale, 1);
  const centre = (index: number) => (index + offset + 0.5) * scale;
  const start = Math.max(0, Math.trunc(centre(0) - support + 0.5));
  const end = Math.min(extent, Math.trunc(centre(count - 1) + support + 0.5));
  return { start, length: end - start };
}

function nearestWeights(span: Span, scale: number, offset: number, count: number): AxisWeights {
  const first = Int32Array.from({ length: count }, (_, index) =>
    Math.min(span.extent - 1, Math.max(0, Math.floor(span.start + (index + offset + 0.5) * scale))),
  );
  return { length: count, first, taps: 1, weights: new Float64Array(count).fill(1) };
}

function cubic(x: number, a: number): number {
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
