import type { Refuse } from '../refuse.js';
import type { DType } from '../tensors/dtype.js';
import type { PickleTuple, PickleValue, StorageRef, TensorRef } from './pickle-values.js';

const STORAGES: ReadonlyMap<string, DType> = new Map([
  ['torch.FloatStorage', 'F32'],
  ['torch.DoubleStorage', 'F64'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
]);

const CALLABLE: ReadonlySet<string> = new Set([
  'collections.OrderedDict',
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_parameter',
  'torch.Size',
]);

/** What training scripts put beside weights: taken as nothing, since no weights lie in it. As torch's `weights_only`. */
const PASSED_OVER =
  /^(?:torch\.(?:device|b?float\d+|complex\d+|u?int\d+|bool)|collections\.Counter|_codecs\.encode|(?:__builtin__|builtins)\.(?:set|complex|bytearray))$/;

/** The torch storage class of `dtype`, undefined when torch's pickles have none. */
export function storageClass(dtype: DType): string | undefined {
  for (const [name, type] of STORAGES) if (type === dtype) return name.slice('torch.'.length);
  return undefined;
}

/** Refuses every global that is not on the list; nothing is imported or looked up either way. */
export function checkGlobal(module: string, name: string, refuse: Refuse): string {
  const full = `${module}.${name}`;
  if (STORAGES.has(full) || CALLABLE.has(full) || PASSED_OVER.test(full)) return full;
  if (/^torch(?:\._utils)?\.(?:_rebuild_\w+|\w+Storage)$/.test(full)) {
    throw refuse('E_UNSUPPORTED', `it holds a kind of tensor that is not read here (${full.slice(0, 100)}).`);
  }
  throw refuse(
    'E_UNSAFE',
    `its pickle asks for ${JSON.stringify(full.slice(0, 200))}, which only running code could make. ` +
      'Nothing was executed. Save the weights alone (torch.save(model.state_dict(), …)) or as safetensors.',
  );
}

const isTuple = (value: PickleValue | undefined): value is PickleTuple =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tuple';

const isIndex = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function numbers(value: PickleValue | undefined): readonly number[] | undefined {
  if (!isTuple(value) || value.items.length > 64 || !value.items.every(isIndex)) return undefined;
  return value.items;
}

function rebuildTensor(args: readonly PickleValue[], refuse: Refuse): TensorRef {
  const [storage, offset] = args;
  const shape = numbers(args[2]);
  const strides = numbers(args[3]);
  const isStorage =
    typeof storage === 'object' && storage !== null && 'kind' in storage && storage.kind === 'storage';
  if (!isStorage || !isIndex(offset) || !shape || !strides || shape.length !== strides.length) {
    throw refuse('E_FORMAT', 'one of its tensors has an impossible storage, offset, shape or stride.');
  }
  return { kind: 'tensor', storage, offset, shape, strides };
}

/** What calling an allowed global with `args` gives: a description, built by this function and by nothing else. */
export function reduceGlobal(name: string, args: readonly PickleValue[], refuse: Refuse): PickleValue {
  if (PASSED_OVER.test(name)) return null;
  switch (name) {
    case 'collections.OrderedDict':
      // Written as OrderedDict() and filled afterwards; old versions pass an empty list.
      if (args.length === 0) return { kind: 'dict', entries: new Map() };
      break;
    case 'torch._utils._rebuild_tensor':
    case 'torch._utils._rebuild_tensor_v2':
      return rebuildTensor(args, refuse);
    case 'torch._utils._rebuild_parameter': {
      const tensor = args[0];
      if (typeof tensor === 'object' && tensor !== null && 'kind' in tensor && tensor.kind === 'tensor')
        return tensor;
      break;
    }
    case 'torch.Size':
      if (isTuple(args[0])) return args[0];
      break;
  }
  throw refuse('E_FORMAT', `its pickle calls ${name} in a way that torch does not.`);
}

/** A persistent id of torch: `('storage', class, key, location, count[, view])`. */
export function storageOf(id: PickleValue, refuse: Refuse): StorageRef {
  const [tag, type, key, , count, view] = isTuple(id) ? id.items : [];
  const name =
    typeof type === 'object' && type !== null && 'kind' in type && type.kind === 'global' ? type.name : '';
  const dtype = STORAGES.get(name);
  if (tag !== 'storage' || dtype === undefined || typeof key !== 'string' || !isIndex(count)) {
    throw refuse('E_FORMAT', 'its pickle refers to a storage in a way that torch does not.');
  }
  if (!isTuple(view)) return { kind: 'storage', key, dtype, count, offset: 0 };
  const offset = view.items[1];
  if (!isIndex(offset))
    throw refuse('E_FORMAT', 'its pickle has a view of a storage with an impossible offset.');
  return { kind: 'storage', key, dtype, count, offset };
}
