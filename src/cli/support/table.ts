/** Lines of columns padded to equal width; columns listed in `right` are aligned to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}

/** Large numbers for people: `8,712`, `25.557M`, `4.089G`. */
export function formatCount(value: number): string {
  if (value < 1e6) return Math.round(value).toLocaleString('en-US');
  return value < 1e9 ? `${(value / 1e6).toFixed(3)}M` : `${(value / 1e9).toFixed(3)}G`;
}
