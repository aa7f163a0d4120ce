const REST = 1e-9;

/**
 * Poisson counts by inversion: `draw(value, uniform)` has mean `value * rate`. Values are taken as one of 256 whole
 * numbers, whose distribution functions are made when first needed.
 */
export function poisson(rate: number): (value: number, uniform: number) => number {
  const tables: (Float64Array | undefined)[] = [];
  return (value, uniform) => {
    const level = Math.max(0, Math.round(value));
    let table = tables[level];
    if (table === undefined) {
      table = cumulated(level * rate);
      tables[level] = table;
    }
    let low = 0;
    let high = table.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (uniform < table[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

function cumulated(mean: number): Float64Array {
  let term = Math.exp(-mean);
  const sums = [term];
  for (let count = 1; 1 - sums[count - 1]! > REST && (count <= mean || term > Number.EPSILON); count++) {
    term *= mean / count;
    sums.push(sums[count - 1]! + term);
  }
  return Float64Array.from(sums);
}
