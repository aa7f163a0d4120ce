import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectVolume } from '../../../src/datasets/nifti/inspect.js';
import { readNifti } from '../../../src/datasets/nifti/read.js';
import type { WriteNiftiOptions } from '../../../src/datasets/nifti/write.js';
import { temporaryFolder } from '../../helpers/fixtures.js';
import { type Edit, edited, outcomeOf } from '../../helpers/nifti-file.js';

let root: { path: string; remove: () => Promise<void> };
const at = (name: string) => join(root.path, name);
beforeAll(async () => {
  root = await temporaryFolder();
});
afterAll(() => root.remove());

const BIG = { littleEndian: false } as const;
const TWO = { version: 2 } as const;
const { NaN: NAN, POSITIVE_INFINITY: INFINITE } = Number;

describe('fields changed', () => {
  it.each<[string, string, readonly Edit[], WriteNiftiOptions?]>([
    ['vox_offset 351', 'E_BAD_HEADER', [['f32', 108, 351]]],
    ['vox_offset 352.5', 'E_BAD_HEADER', [['f32', 108, 352.5]]],
    ['vox_offset -352', 'E_BAD_HEADER', [['f32', 108, -352]]],
    ['vox_offset infinite', 'E_BAD_HEADER', [['f32', 108, INFINITE]]],
    ['vox_offset 1e20', 'E_BAD_HEADER', [['f32', 108, 1e20]]],
    ['vox_offset one too far', 'E_TRUNCATED', [['f32', 108, 353]]],
    ['vox_offset 0, big-endian', 'ok', [['f32', 108, 0]], BIG],
    ['dim[0] negative', 'E_BAD_HEADER', [['i16', 40, -3]]],
    ['dim[0] in the other byte order', 'E_BAD_HEADER', [['i16', 40, 0x300]]],
    ['dim[1] -1', 'E_BAD_HEADER', [['i16', 42, -1]]],
    ['dim[1] 0, big-endian', 'E_BAD_HEADER', [['i16', 42, 0]], BIG],
    ['dim[3] 32767', 'E_TRUNCATED', [['i16', 46, 32767]]],
    ['dim[4] 0 beyond the rank', 'ok', [['i16', 48, 0]]],
    ['dim[4] -5 beyond the rank', 'ok', [['i16', 48, -5]]],
    ['two more dimensions of 1', 'other', [['i16', 40, 5]]],
    ['datatype 511, RGB of before', 'E_UNSUPPORTED', [['i16', 70, 511]]],
    ['datatype complex256', 'E_UNSUPPORTED', [['i16', 70, 2048]]],
    ['datatype negative', 'E_UNSUPPORTED', [['i16', 70, -4]]],
    ['datatype float64, too few bytes', 'E_TRUNCATED', [['i16', 70, 64]]],
    ['bitpix 0', 'ok', [['i16', 72, 0]]],
    [
      'pixdim NaN with an sform',
      'ok',
      [
        ['f32', 80, NAN],
        ['f32', 84, NAN],
        ['f32', 88, NAN],
      ],
    ],
    [
      'pixdim negative with a qform',
      'ok',
      [
        ['i16', 254, 0],
        ['f32', 80, -2],
      ],
    ],
    [
      'pixdim infinite with a qform',
      'E_BAD_HEADER',
      [
        ['i16', 254, 0],
        ['f32', 80, INFINITE],
      ],
    ],
    ['qfac NaN', 'ok', [['f32', 76, NAN]]],
    ['sform with NaN', 'E_BAD_HEADER', [['f32', 284, NAN]]],
    ['sform with infinity', 'E_BAD_HEADER', [['f32', 292, -INFINITE]]],
    ['sform with NaN, big-endian', 'E_BAD_HEADER', [['f32', 284, NAN]], BIG],
    [
      'no sform, quaternion NaN',
      'E_BAD_HEADER',
      [
        ['i16', 254, 0],
        ['f32', 256, NAN],
      ],
    ],
    [
      'no sform, pixdim NaN',
      'E_BAD_HEADER',
      [
        ['i16', 254, 0],
        ['f32', 84, NAN],
      ],
    ],
    [
      'no form, NaN in both',
      'ok',
      [
        ['i32', 252, 0],
        ['f32', 256, NAN],
        ['f32', 280, NAN],
      ],
    ],
    [
      'sform code negative, no qform',
      'ok',
      [
        ['i16', 254, -1],
        ['i16', 252, 0],
      ],
    ],
    [
      'scl_slope and scl_inter NaN',
      'ok',
      [
        ['f32', 112, NAN],
        ['f32', 116, NAN],
      ],
    ],
    [
      'scl_inter NaN',
      'E_BAD_HEADER',
      [
        ['f32', 112, 2],
        ['f32', 116, NAN],
      ],
    ],
    [
      'nonsense in intent, units, slices',
      'ok',
      [
        ['i16', 68, -1],
        ['i16', 74, -1],
        ['i16', 120, -1],
        ['i8', 123, -1],
      ],
    ],
    ['magic n+1 without its end', 'E_BAD_MAGIC', [['i8', 347, 0x31]]],
    ['magic of NIfTI-2', 'E_BAD_MAGIC', [['i8', 346, 0x32]]],
    ['magic of ANALYZE', 'E_BAD_MAGIC', [['i32', 344, 0]]],
    ['magic of a pair', 'E_BAD_MAGIC', [['i8', 345, 0x69]]],
    ['sizeof_hdr 0', 'E_BAD_MAGIC', [['i32', 0, 0]]],
    ['sizeof_hdr of NIfTI-2', 'E_TRUNCATED', [['i32', 0, 540]]],
    ['extensions flagged where none fit', 'ok', [['i8', 348, 1]]],
    ['n2: dim 2^62', 'E_TOO_LARGE', [['i64', 24, 2 ** 62]], TWO],
    ['n2: dim -1', 'E_BAD_HEADER', [['i64', 24, -1]], TWO],
    ['n2: dim[0] 2^40', 'E_BAD_HEADER', [['i64', 16, 2 ** 40]], TWO],
    ['n2: vox_offset 2^60', 'E_BAD_HEADER', [['i64', 168, 2 ** 60]], TWO],
    ['n2: vox_offset 400', 'E_BAD_HEADER', [['i64', 168, 400]], TWO],
    ['n2: line ends of the magic absent', 'ok', [['i32', 8, 0]], TWO],
    ['n2: sform with NaN', 'E_BAD_HEADER', [['f64', 400, NAN]], TWO],
    ['n2: dim[2] 0, big-endian', 'E_BAD_HEADER', [['i64', 32, 0]], { ...TWO, ...BIG }],
  ])('%s: %s', async (_, want, edits, options) => {
    const bytes = edited(edits, options);
    expect(await outcomeOf(bytes, at('a.nii'))).toBe(want);
    expect(await outcomeOf(gzipSync(bytes), at('a.nii.gz'))).toBe(want);
  });
});

// Voxel (0, 0, 0) and the first column, as nibabel 5.4.2 has them for the same bytes.
it.each<[string, readonly Edit[], readonly number[]]>([
  ['sform code 6: the qform', [['i16', 254, 6]], [-50, 1, 4, 2, 0, 0]],
  [
    'codes -1 and 100: the voxel sizes',
    [
      ['i16', 254, -1],
      ['i16', 252, 100],
    ],
    [2, -3, -6, -2, 0, 0],
  ],
  [
    'half a turn, but for rounding',
    [
      ['i16', 254, 0],
      ['f32', 256, 0.6],
      ['f32', 260, 0.7999998],
    ],
    [-50, 1, 4, -0.5599994049071003, 1.9200001735686623, 0],
  ],
])('%s', async (_, edits, want) => {
  await writeFile(at('form.nii'), edited([...edits, ['f32', 268, -50]]));
  const { affine } = await readNifti(at('form.nii'));
  const found = [...affine.slice(0, 3).map((row) => row[3]!), ...affine.slice(0, 3).map((row) => row[0]!)];
  found.forEach((value, index) => {
    expect(value).toBeCloseTo(want[index]!, 12);
  });
});

it('reads or refuses whatever a header holds', async () => {
  const places = fc.array(fc.tuple(fc.integer({ min: 0, max: 351 }), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(places, fc.boolean(), async (changes, littleEndian) => {
      const edits = changes.map(([place, value]): Edit => ['i8', place, value]);
      const bytes = edited(edits, { littleEndian });
      await writeFile(at('any.nii'), bytes);
      const report = await inspectVolume({ id: 'any', path: at('any.nii') });
      expect('error' in report ? report.error.code : 'ok').toMatch(/^(ok|E_[A-Z_]+)$/);
    }),
    { numRuns: 300 },
  );
});
