/** Kolmogorov-Smirnov distance between a sample and a cumulative distribution function. */
export function ksDistance(values: readonly number[], cdf: (x: number) => number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.reduce((worst, value, index) => {
    const p = cdf(value);
    return Math.max(worst, Math.abs(p - index / sorted.length), Math.abs((index + 1) / sorted.length - p));
  }, 0);
}

/** Distance that chance exceeds once in ten thousand. */
export function ksLimit(count: number): number {
  return 2.2 / Math.sqrt(count);
}

/** The distribution function of even draws from [low, high). */
export function evenly(low: number, high: number): (x: number) => number {
  return (x) => Math.min(1, Math.max(0, (x - low) / (high - low)));
}

/** How often each of `keys` occurs. */
export function counts<K>(values: readonly K[], keys: readonly K[]): number[] {
  return keys.map((key) => values.filter((value) => value === key).length);
}

/** Chi-squared of counts against equal shares, or the shares given. */
export function chiSquared(observed: readonly number[], shares?: readonly number[]): number {
  const total = observed.reduce((a, b) => a + b, 0);
  return observed.reduce((sum, count, i) => {
    const expected = total * (shares?.[i] ?? 1 / observed.length);
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}

/** Chi-squared that chance exceeds once in ten thousand (Wilson & Hilferty). */
export function chiLimit(freedom: number): number {
  const a = 2 / (9 * freedom);
  return freedom * (1 - a + 3.719 * Math.sqrt(a)) ** 3;
}
