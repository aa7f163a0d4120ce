import { ATTR, type OpAttribute } from '../native/attributes.js';
import { DataType } from '../native/data-type.js';

export const flag = (name: string, value: boolean): OpAttribute => ({ name, type: ATTR.BOOL, value });
export const text = (name: string, value: string): OpAttribute => ({ name, type: ATTR.STRING, value });
export const type = (name: string, value: number): OpAttribute => ({ name, type: ATTR.TYPE, value });
export const float = (name: string, value: number): OpAttribute => ({ name, type: ATTR.FLOAT, value });
export const int = (name: string, value: number): OpAttribute => ({ name, type: ATTR.INT, value });
export const ints = (name: string, value: readonly number[]): OpAttribute => ({
  name,
  type: ATTR.INT,
  value: [...value],
});

/** The element type of every kernel here. */
export const FLOAT: OpAttribute = type('T', DataType.FLOAT);
