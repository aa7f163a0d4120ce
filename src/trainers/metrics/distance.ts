/** Squared distance from each of `n` points on a line, `step` apart, to the nearest site, given squared site costs. */
function lineTransform(
  cost: Float64Array,
  n: number,
  step: number,
  sites: Int32Array,
  edges: Float64Array,
  out: Float64Array,
): void {
  let last = -1;
  for (let q = 0; q < n; q++) {
    if (cost[q] === Number.POSITIVE_INFINITY) continue;
    let start = Number.NEGATIVE_INFINITY;
    while (last >= 0) {
      const p = sites[last]!;
      // where the parabolas of p and q cross, in units of step
      start = (cost[q]! - cost[p]!) / (2 * step * step * (q - p)) + (q + p) / 2;
      if (start > edges[last]!) break;
      last--;
    }
    last++;
    sites[last] = q;
    edges[last] = last === 0 ? Number.NEGATIVE_INFINITY : start;
  }
  if (last < 0) {
    out.fill(Number.POSITIVE_INFINITY, 0, n);
    return;
  }
  let at = 0;
  for (let q = 0; q < n; q++) {
    while (at < last && edges[at + 1]! < q) at++;
    const p = sites[at]!;
    out[q] = ((q - p) * step) ** 2 + cost[p]!;
  }
}

/**
 * Exact Euclidean distance of every cell to the nearest marked one, by one pass per axis over lower envelopes of
 * parabolas (Felzenszwalb & Huttenlocher, "Distance transforms of sampled functions", 2012).
 *
 * @param marked 1 where the distance is 0; C order over `shape`
 * @param spacing size of a cell along each axis
 * @returns distances, infinite everywhere when nothing is marked
 */
export function distanceTo(
  marked: Uint8Array,
  shape: readonly number[],
  spacing: readonly number[],
): Float64Array {
  const field = Float64Array.from(marked, (value) => (value === 0 ? Number.POSITIVE_INFINITY : 0));
  const longest = Math.max(...shape);
  const [cost, out] = [new Float64Array(longest), new Float64Array(longest)];
  const [sites, edges] = [new Int32Array(longest), new Float64Array(longest)];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const n = shape[axis]!;
    for (let line = 0; line < field.length / n; line++) {
      const base = Math.floor(line / stride) * stride * n + (line % stride);
      for (let i = 0; i < n; i++) cost[i] = field[base + i * stride]!;
      lineTransform(cost, n, spacing[axis]!, sites, edges, out);
      for (let i = 0; i < n; i++) field[base + i * stride] = out[i]!;
    }
    stride *= n;
  }
  return field.map(Math.sqrt);
}
