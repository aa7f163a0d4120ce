/** `(value - subtract) * gain + add`, held between `low` and `high` (infinite: not held). */
export interface Line {
  readonly subtract: number;
  readonly gain: number;
  readonly add: number;
  readonly low: number;
  readonly high: number;
}
