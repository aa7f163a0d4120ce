/** Two-sided 95 % quantiles of Student's t for 1, 2, … degrees of freedom. */
const QUANTILES = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042, 2.04,
];

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean of some seeds and half the width of its 95 % interval (Student's t); no width for a single seed. */
export function estimate(values) {
  const middle = mean(values);
  if (values.length < 2) return { mean: middle, half: undefined };
  if (values.length > QUANTILES.length + 1)
    throw new Error(`Expected at most ${QUANTILES.length + 1} seeds but received ${values.length}.`);
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
  return { mean: middle, half: QUANTILES[values.length - 2] * Math.sqrt(variance / values.length) };
}

/** What `other` has more than `base`, seed by seed. */
export function difference(base, other, key) {
  const pairs = other.flatMap((row) => {
    const same = base.find(({ seed }) => seed === row.seed);
    return same === undefined ? [] : [row[key] - same[key]];
  });
  return pairs.length === 0 ? undefined : estimate(pairs);
}

/** Pearson's correlation of pairs of numbers. */
export function correlation(pairs) {
  const [a, b] = [0, 1].map((at) => pairs.map((pair) => pair[at]));
  const [middleA, middleB] = [mean(a), mean(b)];
  const sum = (of) => pairs.reduce((total, [x, y]) => total + of(x - middleA, y - middleB), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}
