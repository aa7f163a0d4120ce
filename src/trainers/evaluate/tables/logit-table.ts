/** What some network, anywhere, put out for a list of pictures. */
export interface LogitTable {
  readonly path: string;
  readonly rows: number;
  readonly classes: number;
  /** `rows * classes` values in C order. */
  readonly data: Float32Array;
  /** Names of the pictures by row; without them rows are in the order of the data's sorted paths. */
  readonly ids?: readonly string[];
  /** True class by row, as a name or a number. */
  readonly labels?: readonly string[];
  /** Names of the classes by column, where a CSV's header says so. */
  readonly names?: readonly string[];
  /** Whether the file held probabilities, which were turned into their logarithms. */
  readonly probabilities: boolean;
}
