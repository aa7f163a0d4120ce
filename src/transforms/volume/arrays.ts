/** Arrays that resampling reads. */
export type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** A new array of the same kind. */
export function sameKind<T extends NumericArray>(data: T, length: number): T {
  const kind = data.constructor as new (length: number) => T;
  return new kind(length);
}
