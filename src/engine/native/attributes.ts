import { EngineError } from '../../core/errors.js';
import type { CApi, Pointer } from './capi.js';

/** tfjs-node's numbers for the kinds of op attributes. */
export const ATTR = { STRING: 0, INT: 1, FLOAT: 2, BOOL: 3, TYPE: 4, SHAPE: 5 } as const;

/** An attribute of an op, in the form that tfjs-node's kernels build: `type` is one of `ATTR`. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: string | Uint8Array | number | boolean | readonly number[];
}

type CFunction = CApi['functions']['attrInt'];

/** The C functions that set one kind of attribute each: eager ops and operations of graphs have their own. */
export interface AttributeSetters {
  readonly string: CFunction;
  readonly int: CFunction;
  readonly intList: CFunction;
  readonly float: CFunction;
  readonly bool: CFunction;
  readonly type: CFunction;
  readonly typeList: CFunction;
  readonly shape: (op: Pointer, name: string | Buffer, extents: BigInt64Array, rank: number) => void;
}

/** Setters of an eager op; the status tells whether TensorFlow took a shape. */
export const eagerSetters = (c: CApi['functions'], status: Pointer): AttributeSetters => ({
  string: c.attrString,
  int: c.attrInt,
  intList: c.attrIntList,
  float: c.attrFloat,
  bool: c.attrBool,
  type: c.attrType,
  typeList: c.attrTypeList,
  shape: (op, name, extents, rank) => c.attrShape(op, name, extents, rank, status),
});

/** Setters of an operation in a graph. */
export const nodeSetters = (c: CApi['functions']): AttributeSetters => ({
  string: c.nodeString,
  int: c.nodeInt,
  intList: c.nodeIntList,
  float: c.nodeFloat,
  bool: c.nodeBool,
  type: c.nodeType,
  typeList: c.nodeTypeList,
  shape: c.nodeShape,
});

/** Sets one attribute on an op that is being built; `key` is its name, as C is to read it. */
export function setAttribute(
  set: AttributeSetters,
  op: Pointer,
  opName: string,
  { name, type, value }: OpAttribute,
  key: string | Buffer = name,
): void {
  const list = Array.isArray(value) ? (value as readonly number[]) : undefined;
  if (type === ATTR.STRING && (typeof value === 'string' || value instanceof Uint8Array)) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    set.string(op, key, bytes, bytes.length);
  } else if (type === ATTR.INT && list) {
    set.intList(op, key, BigInt64Array.from(list, BigInt), list.length);
  } else if (type === ATTR.INT && typeof value === 'number') set.int(op, key, value);
  else if (type === ATTR.FLOAT && typeof value === 'number') set.float(op, key, value);
  else if (type === ATTR.BOOL) set.bool(op, key, value ? 1 : 0);
  else if (type === ATTR.TYPE && typeof value === 'number') set.type(op, key, value);
  else if (type === ATTR.TYPE && list) set.typeList(op, key, Int32Array.from(list), list.length);
  else if (type === ATTR.SHAPE && list) {
    set.shape(op, key, BigInt64Array.from(list, BigInt), list.length);
  } else {
    throw new EngineError(
      'E_ATTRIBUTE',
      `Expected a value of kind ${type} for attribute ${name} of op ${opName} but received ${String(value)}.`,
    );
  }
}
