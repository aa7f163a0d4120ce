import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isInvertible } from '../../../src/core/affine.js';
import { DecodeError } from '../../../src/core/errors.js';
import { intensities } from '../../../src/datasets/nifti/intensities.js';
import { readNifti } from '../../../src/datasets/nifti/read.js';
import { describeShared } from '../../helpers/shared.js';

interface Outcome {
  outcome: 'ok' | 'error' | 'error-or-ok';
  kind?: string | string[];
  dim?: number[];
  dtype?: string;
  first?: number[];
  last?: number;
  affine?: number[][];
  nan_count?: number;
}

const CODES: Readonly<Record<string, string>> = { 'missing-file': 'E_MISSING' };
const codeOf = (kind: string) => CODES[kind] ?? `E_${kind.toUpperCase().replace('-', '_')}`;

/** Files that the standard lets pass or fail, and what we chose: a code where refused. */
const CHOSEN: Readonly<Record<string, string | undefined>> = {
  'slope_nan.nii': undefined,
  'vox_offset_zero.nii': undefined,
  'ni1_magic_in_single_file.nii': 'E_BAD_MAGIC',
  'nan_affine.nii': 'E_BAD_HEADER',
  'zero_affine.nii': undefined,
  'bad_quaternion.nii': 'E_BAD_HEADER',
  'pixdim_zero.nii': undefined,
  'pixdim_negative.nii': undefined,
  'bitpix_mismatch.nii': undefined,
  'ext_esize_huge.nii': undefined,
  'ext_esize_zero.nii': undefined,
  'ext_esize_negative.nii': undefined,
  'n2_bad_line_ending.nii': 'E_CORRUPT',
  'gz_bomb_small_dims.nii.gz': 'E_TOO_LARGE',
};

describeShared('readNifti on broken and odd files', (shared) => {
  const folder = join(shared, 'data/malformed');
  const { files } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
    files: Record<string, Outcome>;
  };
  const cases = Object.entries(files).filter(([name]) => name.startsWith('nifti/'));
  it('knows every file', () => expect(cases.length).toBe(56));

  describe.each(cases)('%s', (name, want) => {
    const path = join(folder, name);
    const chosen = CHOSEN[name.slice('nifti/'.length)];
    const refused = want.outcome === 'error' || (want.outcome === 'error-or-ok' && chosen !== undefined);

    it(refused ? 'is refused with its reason' : 'is read', { timeout: 10_000 }, async () => {
      const before = process.memoryUsage().rss;
      if (refused) {
        const error = await readNifti(path).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).toBeInstanceOf(DecodeError);
        if (!(error instanceof DecodeError)) return;
        const allowed = want.kind === undefined ? [] : [want.kind].flat().map(codeOf);
        expect(allowed).toContain(error.code);
        if (chosen !== undefined) expect(error.code).toBe(chosen);
        expect(error.message).toContain(name.replace(/\.(hdr|img)$/, ''));
      } else {
        const image = await readNifti(path);
        const values = intensities(image, Float64Array);
        expect(values.length).toBe(image.shape.reduce((a, b) => a * b, 1));
        expect(image.shape).toEqual(want.dim ?? [8, 9, 10]);
        if (want.dtype !== undefined) expect(image.header.datatype.name).toBe(want.dtype);
        if (want.first !== undefined) expect([...values.slice(0, 5)]).toEqual(want.first);
        if (want.last !== undefined) expect(values.at(-1)).toBe(want.last);
        if (want.affine !== undefined) expect(image.affine).toEqual(want.affine);
        expect(values.filter(Number.isNaN).length).toBe(want.nan_count ?? 0);
        expect(isInvertible(image.affine)).toBe(!name.includes('zero_affine'));
      }
      expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
    });
  });
});
