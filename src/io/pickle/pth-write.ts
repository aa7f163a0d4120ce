import { CheckpointError } from '../../core/errors.js';
import { checkArray, elementCount, type NamedArray, requireLittleEndian } from '../tensors/dtype.js';
import { writeZip, type ZipMember } from '../zip/zip-write.js';
import { storageClass } from './pickle-globals.js';

const ALIGN = 64; // what PyTorch uses, so that it can map storages into memory

/**
 * Writes tensors as a PyTorch checkpoint in the zip form, which `torch.load(path, weights_only=True)` reads as an
 * OrderedDict. The order of the names is kept; the same input gives the same bytes.
 * @throws CheckpointError E_UNSUPPORTED for U16, U32 and U64 (torch's pickles have no such storage), E_FORMAT
 */
export function writePth(tensors: ReadonlyMap<string, NamedArray>): Uint8Array {
  requireLittleEndian();
  const pickle: Buffer[] = [Buffer.from('\x80\x02ccollections\nOrderedDict\n)R(', 'latin1')];
  const storages: ZipMember[] = [];
  for (const [name, array] of tensors) {
    checkArray(array, name);
    const type = storageClass(array.dtype);
    if (type === undefined) {
      throw new CheckpointError(
        'E_UNSUPPORTED',
        `Tensor "${name}" of type ${array.dtype} cannot be stored as .pth; write .safetensors instead.`,
      );
    }
    const key = String(storages.length);
    storages.push({ name: `archive/data/${key}`, data: array.data });
    pickle.push(text(name), ...rebuild(array, type, key));
  }
  pickle.push(Buffer.from('u.', 'latin1'));
  return writeZip(
    [
      { name: 'archive/data.pkl', data: Buffer.concat(pickle) },
      { name: 'archive/byteorder', data: Buffer.from('little') },
      ...storages,
      { name: 'archive/version', data: Buffer.from('3\n') },
    ],
    ALIGN,
  );
}

/** `_rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())` as opcodes. */
function rebuild(array: NamedArray, type: string, key: string): Buffer[] {
  const count = elementCount(array.shape) ?? 0;
  const strides = array.shape.map((_, axis) => Math.max(1, elementCount(array.shape.slice(axis + 1)) ?? 1));
  return [
    Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n((', 'latin1'),
    text('storage'),
    Buffer.from(`ctorch\n${type}\n`, 'latin1'),
    text(key),
    text('cpu'),
    integer(count),
    Buffer.from('tQ', 'latin1'), // TUPLE, BINPERSID
    integer(0),
    tuple(array.shape),
    tuple(strides),
    Buffer.from('\x89ccollections\nOrderedDict\n)RtR', 'latin1'), // NEWFALSE … TUPLE, REDUCE
  ];
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  const head = Buffer.alloc(5, 'X'); // BINUNICODE
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function integer(value: number): Buffer {
  if (value <= 0x7fff_ffff) {
    const bytes = Buffer.alloc(5, 'J'); // BININT
    bytes.writeInt32LE(value, 1);
    return bytes;
  }
  const bytes = Buffer.alloc(10);
  bytes.set([0x8a, 8]); // LONG1 of 8 bytes
  bytes.writeBigInt64LE(BigInt(value), 2);
  return bytes;
}

function tuple(values: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from('('), ...values.map(integer), Buffer.from('t')]);
}
