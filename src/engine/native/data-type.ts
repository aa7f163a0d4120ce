/** TensorFlow's DataType numbers (types.proto) as far as tensors here use them. */
export const DataType = {
  FLOAT: 1,
  DOUBLE: 2,
  INT32: 3,
  UINT8: 4,
  INT8: 6,
  STRING: 7,
  COMPLEX64: 8,
  INT64: 9,
  BOOL: 10,
  BFLOAT16: 14,
  HALF: 19,
  RESOURCE: 20,
} as const;

/** Bytes of one element; strings and resources have none. */
export const ELEMENT_BYTES: Readonly<Record<number, number>> = {
  [DataType.FLOAT]: 4,
  [DataType.DOUBLE]: 8,
  [DataType.INT32]: 4,
  [DataType.UINT8]: 1,
  [DataType.INT8]: 1,
  [DataType.COMPLEX64]: 8,
  [DataType.INT64]: 8,
  [DataType.BOOL]: 1,
  [DataType.BFLOAT16]: 2,
  [DataType.HALF]: 2,
};
