import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { axisCodes } from '../../../src/core/affine.js';
import { scalingOf } from '../../../src/datasets/nifti/header.js';
import { intensities } from '../../../src/datasets/nifti/intensities.js';
import { openNifti } from '../../../src/datasets/nifti/open.js';
import { type NiftiImage, readNifti } from '../../../src/datasets/nifti/read.js';
import { expectClose } from '../../helpers/close.js';
import { sampleIndices } from '../../helpers/golden-sample.js';
import { describeShared } from '../../helpers/shared.js';

interface Expected {
  format: string;
  endianness: string;
  dim: number[];
  dtype: string;
  datatype_code: number;
  pixdim: number[];
  qform_code: number;
  sform_code: number;
  xyzt_units: number;
  affine: number[][];
  axes: string;
  scl_slope: number;
  scl_inter: number;
  extensions: [number, number][];
  raw_sha256_little_endian_xfastest: string;
  min?: number;
  max?: number;
  mean?: number;
  std?: number;
  nonfinite?: number;
  voxels: { ijk: number[]; value: number | number[] }[];
}

function indexOf(image: NiftiImage, ijk: readonly number[]): number {
  return ijk.reduceRight((index, value, axis) => index * image.shape[axis]! + value, 0);
}

function bytesOf({ data }: NiftiImage): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function statistics(values: Float64Array) {
  let [sum, min, max, nonfinite] = [0, Infinity, -Infinity, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) nonfinite++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, min, max, nonfinite, std: Math.sqrt(squares / values.length) };
}

describeShared('readNifti on real files', (shared) => {
  const folder = join(shared, 'data/nifti');
  const { files } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
    files: Record<string, Expected>;
  };
  for (const [name, want] of Object.entries(files)) {
    describe(name, () => {
      const load = readNifti(join(folder, name));

      it('has the header that nibabel reads', async () => {
        const { header, extensions, shape } = await load;
        expect(shape).toEqual(want.dim);
        expect(header.version).toBe(want.format === 'Nifti2Image' ? 2 : 1);
        expect(header.littleEndian).toBe(want.endianness === 'little');
        expect(header.datatype.code).toBe(want.datatype_code);
        expect(header.qformCode).toBe(want.qform_code);
        expect(header.sformCode).toBe(want.sform_code);
        expect(header.xyztUnits).toBe(want.xyzt_units);
        expect(extensions.map(({ code, data }) => [code, data.length + 8])).toEqual(want.extensions);
        expectClose(header.pixdim.slice(1, want.pixdim.length), want.pixdim.slice(1), 5); // nibabel repairs qfac
        if (header.datatype.kind !== 'colour')
          expect(scalingOf(header) ?? [1, 0]).toEqual([want.scl_slope, want.scl_inter]);
      });

      it('has the affine of nibabel', async () => {
        const { affine } = await load;
        expectClose(affine.flat(), want.affine.flat(), 5);
        expect(axisCodes(affine)).toBe(want.axes);
      });

      it('has the stored voxels', async () => {
        const image = await load;
        const hash = createHash('sha256').update(bytesOf(image)).digest('hex');
        expect(hash).toBe(want.raw_sha256_little_endian_xfastest);
      });

      it('has the scaled intensities', async () => {
        const image = await load;
        const { components } = image;
        const real = image.header.datatype.kind === 'real';
        const values = real ? intensities(image, Float64Array) : image.data;
        for (const { ijk, value } of want.voxels) {
          const at = indexOf(image, ijk) * components;
          const got = Array.from({ length: components }, (_, channel) => Number(values[at + channel]) + 0);
          expect(got).toEqual([value].flat().map((number) => number + 0));
        }
        if (want.mean === undefined || !real) return;
        const got = statistics(intensities(image, Float64Array));
        expect(got.nonfinite).toBe(want.nonfinite);
        expect(got.min).toBe(want.min);
        expect(got.max).toBe(want.max);
        expect(got.mean / want.mean).toBeCloseTo(1, 10);
        expect(got.std / want.std!).toBeCloseTo(1, 10);
      });
    });
  }

  it('reads both halves of a pair by either name', async () => {
    const [a, b] = [
      await openNifti(join(folder, 'pair_air_gz.hdr.gz')),
      await openNifti(join(folder, 'pair_air_gz.img.gz')),
    ];
    expect(a).toEqual(b);
    const [plain, zipped] = await Promise.all(
      ['pair_air.img', 'pair_air_gz.img.gz'].map((n) => readNifti(join(folder, n))),
    );
    expect(Buffer.compare(bytesOf(plain!), bytesOf(zipped!))).toBe(0); // toEqual takes seconds
  });

  it('reads the same voxels in both byte orders', async () => {
    const [big, little] = await Promise.all(
      ['big', 'little'].map((n) => readNifti(join(folder, `same_${n}_endian.nii.gz`))),
    );
    expect(Buffer.compare(bytesOf(big!), bytesOf(little!))).toBe(0);
  });

  for (const name of [
    'functional_4d.nii',
    'example4d_oblique_ext.nii.gz',
    'pcasl_4d_float32.nii.gz',
    'MNI152_T1_2mm.nii.gz',
    'rgb24_ct_perfusion.nii.gz',
  ]) {
    it(`reads parts of ${name} as cut from the whole`, async () => {
      const path = join(folder, name);
      const whole = await readNifti(path);
      const rank = whole.shape.length;
      const regions = [
        [undefined, undefined, [1, 2]],
        [
          [3, 9],
          [2, 11],
          [0, 3],
        ],
        [[0, 1], undefined, [1, 1]],
        [undefined, undefined, undefined, ...(rank > 3 ? [[1, 1] as const] : [])],
        [[5, 3], [4, 4], undefined, ...(rank > 3 ? [[0, 2] as const] : [])],
      ] as const;
      for (const region of regions) {
        const part = await readNifti(path, { region });
        const size = whole.header.datatype.components;
        const from = whole.shape.map((_, axis) => region[axis]?.[0] ?? 0);
        expect(part.shape).toEqual(whole.shape.map((extent, axis) => region[axis]?.[1] ?? extent));
        for (let at = 0, voxels = part.data.length / size; at < voxels; at++) {
          let rest = at;
          const ijk = part.shape.map((extent, axis) => {
            const index = (rest % extent) + from[axis]!;
            rest = Math.floor(rest / extent);
            return index;
          });
          const there = indexOf(whole, ijk) * size;
          for (let c = 0; c < size; c++) {
            if (part.data[at * size + c] !== whole.data[there + c]) throw new Error(`${name} ${ijk} differs`);
          }
        }
      }
    });
  }
});

interface GoldenFile {
  file: string;
  shape: number[];
  affine: number[][];
  axcodes: string;
  zooms: number[];
  sample: number[];
  raw_sample: number[];
  slope: number;
  inter: number;
  mean: number;
  min: number;
  max: number;
  std: number;
}

describeShared('readNifti on golden files', (shared) => {
  const folder = join(shared, 'golden');
  const { cases } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    cases: { case: string; data?: GoldenFile[] }[];
  };
  const golden = cases
    .filter((entry) => entry.case.startsWith('nifti_files_'))
    .flatMap((entry) => entry.data ?? []);
  it.each(golden)('$file', async (want) => {
    const image = await readNifti(join(folder, want.file));
    const values = intensities(image, Float64Array);
    expect(image.shape).toEqual(want.shape);
    expect(axisCodes(image.affine)).toBe(want.axcodes);
    expectClose(image.affine.flat(), want.affine.flat(), 12);
    expect(scalingOf(image.header) ?? [1, 0]).toEqual([want.slope, want.inter]);
    const got = statistics(values);
    expect([got.min, got.max]).toEqual([want.min, want.max]);
    expect(got.mean).toBeCloseTo(want.mean, 8);
    expect(got.std).toBeCloseTo(want.std, 8);
    expect(image.header.pixdim[1]).toBeCloseTo(want.zooms[0]!, 12);
    const cells = sampleIndices(values.length, want.sample.length);
    want.sample.forEach((value, n) => {
      const ijk: number[] = [];
      let rest = cells[n]!;
      for (let axis = want.shape.length - 1; axis >= 0; axis--) {
        ijk[axis] = rest % want.shape[axis]!;
        rest = Math.floor(rest / want.shape[axis]!);
      }
      expect(values[indexOf(image, ijk)]).toBe(value);
    });
  });
});
