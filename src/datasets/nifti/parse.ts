import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { DecodeError } from '../../core/errors.js';
import type { NiftiHeader } from './header.js';
import { HEADER_BYTES, validateHeader } from './validate.js';

/** Text without the NULs that fill its field; inner ones stay, so that the field can be written back as it was. */
function textAt(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.subarray(start, start + length))
    .toString('latin1')
    .replace(/\0+$/, '');
}

/** Codes of a form that the standard has: unknown, scanner, aligned, Talairach, MNI, template. */
const FORMS = [0, 1, 2, 3, 4, 5];

/**
 * Parses the fixed header of a NIfTI-1 or NIfTI-2 file. The descriptive fields come from nifti-reader-js, which sees
 * the header only after `validateHeader` passed it and never sees extensions (it can loop on them for ever).
 *
 * @param bytes the first bytes of the file (348 or 540 are needed)
 * @throws DecodeError as `validateHeader`; E_BAD_HEADER for an infinite or missing scl_inter
 */
export function parseHeader(bytes: Uint8Array, path: string): NiftiHeader {
  const checked = validateHeader(bytes, path);
  const { version, littleEndian } = checked;
  const fixed = bytes.slice(0, HEADER_BYTES[version]);
  const parsed = version === 1 ? new NIFTI1() : new NIFTI2();
  parsed.readHeader(fixed.buffer);
  const warnings = [...checked.warnings];
  const { scl_slope: slope, scl_inter: inter } = parsed;
  if (!Number.isFinite(slope)) warnings.push(`scl_slope is ${slope}; the voxels are not scaled.`);
  else if (slope !== 0 && !Number.isFinite(inter)) {
    throw new DecodeError('E_BAD_HEADER', path, `scl_inter must be a finite number but is ${inter}.`);
  }
  const form = (name: 'qform_code' | 'sform_code') => {
    const code = parsed[name];
    if (FORMS.includes(code)) return code;
    warnings.push(`${name} ${code} is none of the standard's; that form is not used.`);
    return 0;
  };
  const [qformCode, sformCode] = [form('qform_code'), form('sform_code')];
  const view = new DataView(fixed.buffer);
  const entry = (at: number) =>
    version === 1 ? view.getFloat32(280 + 4 * at, littleEndian) : view.getFloat64(400 + 8 * at, littleEndian);
  const string = (at1: number, at2: number, length1: number, length2: number) =>
    version === 1 ? textAt(fixed, at1, length1) : textAt(fixed, at2, length2);
  return {
    ...checked,
    warnings,
    pixdim: [...parsed.pixDims],
    slope,
    inter,
    qformCode,
    sformCode,
    quaternion: [parsed.quatern_b, parsed.quatern_c, parsed.quatern_d],
    qoffset: [parsed.qoffset_x, parsed.qoffset_y, parsed.qoffset_z],
    srow: [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => entry(row * 4 + column))),
    xyztUnits: parsed.xyzt_units,
    intent: {
      code: parsed.intent_code,
      parameters: [parsed.intent_p1, parsed.intent_p2, parsed.intent_p3],
      name: string(328, 508, 16, 16),
    },
    dimInfo: parsed.dim_info,
    slice: {
      start: parsed.slice_start,
      end: parsed.slice_end,
      code: parsed.slice_code,
      duration: parsed.slice_duration,
    },
    calMin: parsed.cal_min,
    calMax: parsed.cal_max,
    toffset: parsed.toffset,
    description: string(148, 240, 80, 80),
    auxFile: string(228, 320, 24, 24),
  };
}
