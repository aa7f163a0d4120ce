/** A number in so many significant figures at most: `0.2` for what floating point makes 0.19999999999999998. */
export function figures(value: number, most = 6): string {
  return String(Number(value.toPrecision(most)));
}
