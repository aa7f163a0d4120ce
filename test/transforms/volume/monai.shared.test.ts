import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toVolume } from '../../../src/datasets/nifti/raster.js';
import { readNifti } from '../../../src/datasets/nifti/read.js';
import { cropForeground, foregroundBox } from '../../../src/transforms/volume/foreground.js';
import { windowIntensity, zScore } from '../../../src/transforms/volume/intensity.js';
import {
  centreCrop,
  orient,
  padVolume,
  resizeVolume,
  respace,
} from '../../../src/transforms/volume/regrid.js';
import type { Volume } from '../../../src/transforms/volume/volume.js';
import { expectClose } from '../../helpers/close.js';
import { sampleIndices } from '../../helpers/golden-sample.js';
import { describeShared } from '../../helpers/shared.js';

interface GoldenCase {
  case: string;
  file: string;
  outputs: Record<string, { shape: number[]; absmax: number; mean?: number; std?: number }>;
  outputs_meta: Record<string, { affine: number[][]; box?: [number[], number[]] }>;
  tolerance: { rel_to_absmax: number };
}

type Stored = (name: string) => Float32Array | undefined;

function tensorsOf(path: string): Stored {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const index = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  return (name) => {
    const offsets = index[name]?.data_offsets;
    return (
      offsets &&
      new Float32Array(
        bytes.buffer.slice(
          bytes.byteOffset + 8 + length + offsets[0],
          bytes.byteOffset + 8 + length + offsets[1],
        ),
      )
    );
  };
}

/** MONAI's order: z fastest. */
function valueAt({ raster }: Volume, flat: number): number {
  const [nz, ny, nx] = raster.shape as [number, number, number];
  const z = flat % nz;
  const y = Math.floor(flat / nz) % ny;
  const x = Math.floor(flat / nz / ny);
  return raster.data[(z * ny + y) * nx + x]!;
}

function withRaster(volume: Volume, change: (raster: Volume['raster']) => Volume['raster']): Volume {
  return { ...volume, raster: change(volume.raster) };
}

const OUTPUTS: Readonly<Record<string, (ras: Volume, fine: Volume) => Volume>> = {
  RAS: (ras) => ras,
  RAS_spacing1_bilinear: (_, fine) => fine,
  RAS_spacing1_nearest: (_, fine) => fine,
  'spacing_2_1.5_3_bilinear': (ras) => respace(ras, [2, 1.5, 3]),
  scale_range: (_, fine) => withRaster(fine, (raster) => windowIntensity(raster, { from: [-57, 164] })),
  scale_range_noclip: (_, fine) =>
    withRaster(fine, (raster) => windowIntensity(raster, { from: [-100, 100], to: [-1, 1], clip: false })),
  norm_nonzero: (_, fine) =>
    withRaster(fine, (raster) =>
      zScore({ ...raster, data: Float32Array.from(raster.data, (v) => Math.max(v, 0)) }, { nonzero: true }),
    ),
  norm: (_, fine) => withRaster(fine, (raster) => zScore(raster)),
  crop_foreground_gt20_margin1: (_, fine) => cropForeground(fine, 20, 1),
  pad_sym: (ras) => padVolume(ras, [40, 41, 44]),
  pad_end: (ras) => padVolume(ras, [25, 22, 20], 'end', -5),
  center_crop_8_9_7: (ras) => centreCrop(ras, [8, 9, 7]),
  resize_trilinear: (ras) => resizeVolume(ras, [12, 10, 9]),
};

describeShared('volume transforms equal MONAI', (shared) => {
  const folder = join(shared, 'golden');
  const { cases } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    cases: GoldenCase[];
  };
  for (const golden of cases.filter((entry) => entry.case.startsWith('monai_spatial_'))) {
    const stored = tensorsOf(join(folder, golden.file));
    describe.each(Object.entries(golden.outputs))('%s', (name, want) => {
      it('has shape, affine and values', async () => {
        const [file, output] = name.split('/') as [string, string];
        const image = await readNifti(join(folder, 'nifti', `${file}.nii.gz`));
        const ras = orient(toVolume(image, { role: file.startsWith('lab') ? 'mask' : 'intensity' }), 'RAS');
        const fine = respace(ras, [1, 1, 1]);
        const got = OUTPUTS[output]!(ras, fine);
        expect([...got.raster.shape].reverse()).toEqual(want.shape);
        const meta = golden.outputs_meta[name]!;
        expectClose(got.affine.flat(), meta.affine.flat(), 6);
        if (meta.box !== undefined) {
          const { start, size } = foregroundBox(fine.raster, 20, 1)!;
          expect([start, start.map((first, axis) => first + size[axis]!)]).toEqual(meta.box);
        }
        const samples = stored(`${name}#sample`);
        const all = stored(name);
        const count = got.raster.data.length;
        const cells = samples
          ? sampleIndices(count, samples.length)
          : Array.from({ length: count }, (_, i) => i);
        const worst = cells.reduce(
          (max, cell, i) => Math.max(max, Math.abs(valueAt(got, cell) - (samples ?? all)![i]!)),
          0,
        );
        expect(worst / want.absmax).toBeLessThan(2e-6);
        if (want.mean !== undefined && Math.abs(want.mean) > 1e-3) {
          const mean = [...got.raster.data].reduce((sum, value) => sum + value, 0) / count;
          expect(Math.abs(mean - want.mean) / want.absmax).toBeLessThan(1e-6);
        }
      });
    });
  }
});
