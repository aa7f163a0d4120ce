import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Affine } from '../../core/affine.js';
import { UsageError } from '../../core/errors.js';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { datatypeFor, type NiftiData } from './datatypes.js';
import { encodeHeader, headerFor } from './encode.js';
import type { NiftiExtension, NiftiHeader } from './header.js';
import { LITTLE_ENDIAN_HOST, swapBytes } from './swap.js';

/** Voxels to write. A `NiftiImage` that was read fits as it is and is written back equal. */
export interface WritableNifti {
  /** Values in file order: components side by side, x fastest. Their array decides the datatype. */
  readonly data: NiftiData;
  /** Extents, x first. */
  readonly shape: readonly number[];
  /** Voxel index (x, y, z) to world millimetres. */
  readonly affine: Affine;
  /** 2 complex, 3 RGB, 4 RGBA; default 1. */
  readonly components?: number;
  /** Header of the file that the voxels come from: units, intent, text and codes are taken over. */
  readonly header?: NiftiHeader;
  readonly extensions?: readonly NiftiExtension[];
  /** The intensity of stored value v is slope * v + inter; default 1 and 0. */
  readonly scaling?: readonly [slope: number, inter: number];
}

export interface WriteNiftiOptions {
  /** Default: that of the header, else 1, or 2 where an extent is above 32767. */
  readonly version?: 1 | 2;
  /** Byte order of the file. Default: that of the header, else little. */
  readonly littleEndian?: boolean;
  /** Leave out free text (description, file names, intent name) and extensions, which may name people. */
  readonly scrub?: boolean;
  /** gzip level 1 to 9 for names ending in .gz. Default 6. */
  readonly level?: number;
  readonly signal?: AbortSignal;
}

function scrubbed(header: NiftiHeader): NiftiHeader {
  return { ...header, description: '', auxFile: '', intent: { ...header.intent, name: '' } };
}

/** Voxels as bytes in the file's order; a copy only where bytes must be swapped. */
function bytesOf(data: NiftiData, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (littleEndian === LITTLE_ENDIAN_HOST || data.BYTES_PER_ELEMENT === 1) return bytes;
  const copy = bytes.slice();
  swapBytes(copy, data.BYTES_PER_ELEMENT);
  return copy;
}

/**
 * The bytes of a NIfTI file, uncompressed: header (with extensions) and voxels apart, as a pair has them; a single
 * file is one after the other.
 *
 * @throws UsageError where shape and values disagree or no datatype holds them
 */
export function encodeNifti(
  image: WritableNifti,
  options: WriteNiftiOptions & { readonly pair?: boolean } = {},
): { readonly header: Uint8Array; readonly voxels: Uint8Array } {
  const { data, shape, components = 1 } = image;
  const expected = shape.reduce((product, extent) => product * extent, components);
  if (expected !== data.length) {
    throw new UsageError(
      `Expected ${expected} values for ${shape.join(' x ')} voxels of ${components} but received ${data.length}.`,
    );
  }
  const datatype = datatypeFor(data, components);
  if (datatype === undefined) {
    throw new UsageError(
      `Expected voxels that NIfTI can hold but received ${components} x ${data.constructor.name}.`,
    );
  }
  const kept = image.header === undefined || options.scrub !== true ? image.header : scrubbed(image.header);
  const littleEndian = options.littleEndian ?? kept?.littleEndian ?? true;
  const fields = headerFor({
    dims: shape,
    datatype,
    affine: image.affine,
    like: kept,
    version: options.version ?? kept?.version ?? (Math.max(...shape) > 32767 ? 2 : 1),
    littleEndian,
    pair: options.pair ?? false,
    scaling: image.scaling ?? [1, 0],
  });
  const extensions = options.scrub === true ? [] : (image.extensions ?? []);
  return { header: encodeHeader(fields, extensions), voxels: bytesOf(data, littleEndian) };
}

/**
 * Writes a NIfTI file. The name decides: `.nii`, `.nii.gz`, or `.hdr`/`.img` (both written, also with `.gz`). The file
 * appears whole or not at all; the same input gives the same bytes.
 *
 * @throws UsageError for another name or voxels that do not fit; StorageError where it cannot be written
 */
export async function writeNifti(
  path: string,
  image: WritableNifti,
  options: WriteNiftiOptions = {},
): Promise<void> {
  const match = /\.(nii|hdr|img)(\.gz)?$/i.exec(path);
  if (match === null) {
    throw new UsageError(`Expected a name ending in .nii, .nii.gz, .hdr or .img but received ${path}.`);
  }
  const pair = match[1]!.toLowerCase() !== 'nii';
  const zipped = match[2] ?? '';
  const { header, voxels } = encodeNifti(image, { ...options, pair });
  const pack = async (bytes: Uint8Array) =>
    zipped === '' ? bytes : await promisify(gzip)(bytes, { level: options.level ?? 6 });
  options.signal?.throwIfAborted();
  if (!pair) return void (await writeFileAtomic(path, await pack(Buffer.concat([header, voxels]))));
  const stem = path.slice(0, match.index);
  await writeFileAtomic(`${stem}.img${zipped}`, await pack(voxels));
  await writeFileAtomic(`${stem}.hdr${zipped}`, await pack(header));
}
