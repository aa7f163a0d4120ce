import { DecodeError } from '../../core/errors.js';
import { datatypeOf, type NiftiDatatype, refusalOf } from './datatypes.js';

/** The fields that steer reading, checked before any library sees the header. */
export interface Checked {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  readonly pair: boolean;
  readonly dims: readonly number[];
  readonly datatype: NiftiDatatype;
  readonly voxOffset: number;
  readonly warnings: readonly string[];
}

/** Bytes of the fixed header, without the four that flag extensions. */
export const HEADER_BYTES = { 1: 348, 2: 540 } as const;

/** Bytes to read before anything can be said about a file. */
export const LONGEST_HEADER = 544;

const NIFTI2_TAIL = '\r\n\x1a\n';

function fail(code: string, path: string, reason: string): never {
  throw new DecodeError(code, path, reason);
}

/** Version and byte order, told by the first field, which is the header's own size. */
function kindOf(view: DataView, path: string): { version: 1 | 2; littleEndian: boolean } {
  if (view.byteLength < 4)
    fail('E_TRUNCATED', path, `a NIfTI header has 348 bytes but the file has ${view.byteLength}.`);
  for (const littleEndian of [true, false]) {
    const size = view.getInt32(0, littleEndian);
    if (size === HEADER_BYTES[1]) return { version: 1, littleEndian };
    if (size === HEADER_BYTES[2]) return { version: 2, littleEndian };
  }
  return fail(
    'E_BAD_MAGIC',
    path,
    'expected a NIfTI file, whose first number is 348 or 540; this is something else.',
  );
}

function text(view: DataView, start: number, length: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + start, length));
}

function isPair(view: DataView, version: 1 | 2, path: string, warnings: string[]): boolean {
  const magic = text(view, version === 1 ? 344 : 4, 4);
  const [single, pair] = version === 1 ? ['n+1\0', 'ni1\0'] : ['n+2\0', 'ni2\0'];
  if (magic !== single && magic !== pair) {
    const found = JSON.stringify(magic);
    fail(
      'E_BAD_MAGIC',
      path,
      `expected the magic ${single.slice(0, 3)} or ${pair.slice(0, 3)} but found ${found}; ANALYZE 7.5 files must be converted first.`,
    );
  }
  const tail = version === 2 ? text(view, 8, 4) : NIFTI2_TAIL;
  if (tail === '\0\0\0\0') warnings.push('the line ends in the NIfTI-2 magic are missing.');
  else if (tail !== NIFTI2_TAIL) {
    fail(
      'E_CORRUPT',
      path,
      'the line ends in the NIfTI-2 magic are damaged, as by a transfer in text mode; copy the file again in binary mode.',
    );
  }
  return magic === pair;
}

function dimsOf(read: (index: number) => number, path: string): readonly number[] {
  const rank = read(0);
  if (!(rank >= 1 && rank <= 7)) fail('E_BAD_HEADER', path, `dim[0] must be 1 to 7 but is ${rank}.`);
  const dims = Array.from({ length: rank }, (_, index) => read(index + 1));
  dims.forEach((extent, index) => {
    if (!(extent >= 1)) fail('E_BAD_HEADER', path, `dim[${index + 1}] must be at least 1 but is ${extent}.`);
  });
  return dims;
}

function offsetOf(offset: number, pair: boolean, version: 1 | 2, path: string, warnings: string[]): number {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    fail('E_BAD_HEADER', path, `vox_offset must be a whole number of bytes but is ${offset}.`);
  }
  if (pair) return offset;
  const first = HEADER_BYTES[version] + 4;
  if (offset === 0) {
    warnings.push(`vox_offset is 0 in a single file; read from ${first}.`);
    return first;
  }
  if (offset < first)
    fail('E_BAD_HEADER', path, `vox_offset ${offset} lies inside the header; it must be ${first} or more.`);
  return offset;
}

/**
 * Checks a header and returns what steers reading. Needs no more than the fixed header; never loops over extensions.
 *
 * @param bytes the first bytes of the file, at least the fixed header
 * @throws DecodeError E_TRUNCATED, E_BAD_MAGIC, E_CORRUPT, E_BAD_HEADER, E_UNSUPPORTED, E_TOO_LARGE
 */
export function validateHeader(bytes: Uint8Array, path: string): Checked {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { version, littleEndian } = kindOf(view, path);
  const size = HEADER_BYTES[version];
  if (bytes.length < size)
    fail(
      'E_TRUNCATED',
      path,
      `a NIfTI-${version} header has ${size} bytes but only ${bytes.length} are there.`,
    );
  const warnings: string[] = [];
  const pair = isPair(view, version, path, warnings);
  const long = (at: number) => Number(view.getBigInt64(at, littleEndian));
  const dims =
    version === 1
      ? dimsOf((index) => view.getInt16(40 + 2 * index, littleEndian), path)
      : dimsOf((index) => long(16 + 8 * index), path);
  const code = view.getInt16(version === 1 ? 70 : 12, littleEndian);
  const datatype = datatypeOf(code) ?? fail('E_UNSUPPORTED', path, `${refusalOf(code)}.`);
  const offset = version === 1 ? view.getFloat32(108, littleEndian) : long(168);
  const voxOffset = offsetOf(offset, pair, version, path, warnings);
  const bits = view.getInt16(version === 1 ? 72 : 14, littleEndian);
  if (bits !== datatype.bytes * datatype.components * 8) {
    warnings.push(
      `bitpix says ${bits} but ${datatype.name} has ${datatype.bytes * datatype.components * 8}; the datatype is believed.`,
    );
  }
  const total = dims.reduce((product, extent) => product * extent, datatype.bytes * datatype.components);
  if (!Number.isSafeInteger(total + voxOffset)) {
    fail(
      'E_TOO_LARGE',
      path,
      `${dims.join(' x ')} voxels of ${datatype.name} are more than a file can hold.`,
    );
  }
  return { version, littleEndian, pair, dims, datatype, voxOffset, warnings };
}
