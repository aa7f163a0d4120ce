import type { DType } from '../tensors/dtype.js';

/** A stretch of raw storage that a tensor refers to; nothing is read until the pickle has been understood. */
export interface StorageRef {
  readonly kind: 'storage';
  readonly key: string;
  readonly dtype: DType;
  /** Elements in the whole storage. */
  readonly count: number;
  /** First element (only legacy files have views of storages). */
  readonly offset: number;
}

/** A tensor as the pickle describes it, unchecked. */
export interface TensorRef {
  readonly kind: 'tensor';
  readonly storage: StorageRef;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** A list, mutable while the pickle runs. */
export interface PickleList {
  readonly kind: 'list';
  readonly items: PickleValue[];
}

/** A tuple (or torch.Size). */
export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

/** A dict or OrderedDict. Keys that are not text (optimizer states use numbers) are kept as their decimal text. */
export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: Map<string, PickleValue>;
}

/** An allowed global: only a name, never looked up anywhere. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** Everything that an understood pickle can hold. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleGlobal
  | StorageRef
  | TensorRef;
