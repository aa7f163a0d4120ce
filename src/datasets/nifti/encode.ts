import { type Affine, spacingOf } from '../../core/affine.js';
import { UsageError } from '../../core/errors.js';
import type { NiftiDatatype } from './datatypes.js';
import { AT, Fields } from './fields.js';
import { affineOf, qformOf } from './geometry.js';
import type { NiftiExtension, NiftiHeader } from './header.js';
import { HEADER_BYTES } from './validate.js';

/** Everything a written header says; what a new grid decides is filled in by `headerFor`. */
export type HeaderFields = Omit<NiftiHeader, 'warnings'>;

/** Fields of a volume that comes from no file: millimetres and seconds, nothing else known. */
const PLAIN = {
  xyztUnits: 10,
  intent: { code: 0, parameters: [0, 0, 0], name: '' },
  dimInfo: 0,
  slice: { start: 0, end: 0, code: 0, duration: 0 },
  calMin: 0,
  calMax: 0,
  toffset: 0,
  description: '',
  auxFile: '',
} as const;

/** True where both say the same grid up to the rounding of float32. */
function sameAffine(a: Affine, b: Affine): boolean {
  const scale = Math.max(...a.flat().map(Math.abs), 1);
  return a.flat().every((value, at) => Math.abs(value - b.flat()[at]!) <= scale * 2 ** -22);
}

export interface HeaderRequest {
  readonly dims: readonly number[];
  readonly datatype: NiftiDatatype;
  readonly affine: Affine;
  /** Header to take everything else from; its own forms stay exact where they say `affine`. */
  readonly like?: NiftiHeader | undefined;
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  readonly pair: boolean;
  readonly scaling: readonly [slope: number, inter: number];
}

/**
 * The header of a volume to write. A new affine is written as the sform (code of `like`, else 2, "aligned") and, unless
 * it is sheared, as the qform too.
 */
export function headerFor(request: HeaderRequest): HeaderFields {
  const { dims, datatype, affine, like: kept, version, littleEndian, pair } = request;
  const [slope, inter] = request.scaling;
  const frame = { version, littleEndian, pair, dims, datatype, voxOffset: 0, slope, inter };
  if (kept !== undefined && sameAffine(affineOf({ ...kept, dims }, 'the header to copy'), affine)) {
    return { ...kept, ...frame };
  }
  const qform = qformOf(affine);
  const times = [4, 5, 6, 7].map((axis) => kept?.pixdim[axis] ?? 1);
  const code = Math.max(kept?.sformCode ?? 0, kept?.qformCode ?? 0) || 2;
  return {
    ...PLAIN,
    ...kept,
    ...frame,
    pixdim: [qform?.qfac ?? 1, ...spacingOf(affine), ...times],
    sformCode: code,
    srow: affine.slice(0, 3),
    qformCode: qform === undefined ? 0 : code,
    quaternion: qform?.quaternion ?? [0, 0, 0],
    qoffset: qform?.qoffset ?? [0, 0, 0],
  };
}

function encodeExtensions(extensions: readonly NiftiExtension[], littleEndian: boolean): Uint8Array {
  const sizes = extensions.map(({ data }) => Math.ceil((data.length + 8) / 16) * 16);
  const bytes = new Uint8Array(4 + sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  bytes[0] = extensions.length > 0 ? 1 : 0;
  let at = 4;
  extensions.forEach(({ code, data }, index) => {
    view.setInt32(at, sizes[index]!, littleEndian);
    view.setInt32(at + 4, code, littleEndian);
    bytes.set(data, at + 8);
    at += sizes[index]!;
  });
  return bytes;
}

const LONGEST_DIM = { 1: 32767, 2: Number.MAX_SAFE_INTEGER } as const;

/**
 * The bytes of a header with its extensions, up to where the voxels begin (a single file's vox_offset is set to that).
 *
 * @throws UsageError where an extent does not fit NIfTI-1
 */
export function encodeHeader(header: HeaderFields, extensions: readonly NiftiExtension[]): Uint8Array {
  const { version, littleEndian, pair, dims, datatype } = header;
  const tooLong = dims.find((extent) => extent > LONGEST_DIM[version]);
  if (tooLong !== undefined || dims.length < 1 || dims.length > 7) {
    throw new UsageError(
      `Expected 1 to 7 extents up to ${LONGEST_DIM[version]} for NIfTI-${version} but received ${dims.join(' x ')}; version 2 holds longer ones.`,
    );
  }
  const size = HEADER_BYTES[version];
  const tail = encodeExtensions(extensions, littleEndian);
  const bytes = new Uint8Array(size + tail.length);
  const fields = new Fields(new DataView(bytes.buffer), littleEndian, version === 2);
  const at = (name: keyof typeof AT) => AT[name][version - 1]!;
  fields.view.setInt32(0, size, littleEndian);
  const magic = `n${pair ? 'i' : '+'}${version}\0`;
  if (version === 1) fields.text(344, pair ? 'ni1' : magic, 4);
  else fields.text(4, `${pair ? 'ni2\0' : magic}\r\n\x1a\n`, 8);
  fields.extents(at('dim'), [dims.length, ...dims, ...new Array<number>(7 - dims.length).fill(1)]);
  fields.short(at('datatype'), datatype.code);
  fields.short(at('bitpix'), datatype.bytes * datatype.components * 8);
  fields.reals(at('pixdim'), header.pixdim);
  if (version === 2) fields.extents(at('voxOffset'), [pair ? 0 : bytes.length]);
  else fields.reals(at('voxOffset'), [pair ? 0 : bytes.length]);
  for (const name of ['slope', 'inter', 'calMax', 'calMin', 'toffset'] as const)
    fields.reals(at(name), [header[name]]);
  fields.reals(at('sliceDuration'), [header.slice.duration]);
  fields.extents(at('sliceStart'), [header.slice.start]);
  fields.extents(at('sliceEnd'), [header.slice.end]);
  fields.small(at('sliceCode'), header.slice.code);
  fields.small(at('xyztUnits'), header.xyztUnits);
  fields.text(at('description'), header.description, 80);
  fields.text(at('auxFile'), header.auxFile, 24);
  fields.code(at('qformCode'), header.qformCode);
  fields.code(at('sformCode'), header.sformCode);
  fields.reals(at('quaternion'), header.quaternion);
  fields.reals(at('qoffset'), header.qoffset);
  fields.reals(at('srow'), header.srow.flat());
  fields.code(at('intentCode'), header.intent.code);
  fields.text(at('intentName'), header.intent.name, 16);
  fields.reals(at('intentParameters'), header.intent.parameters);
  fields.view.setUint8(at('dimInfo'), header.dimInfo);
  bytes.set(tail, size);
  return bytes;
}
