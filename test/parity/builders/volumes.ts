import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Raster } from '../../../src/core/sample.js';
import { intensities } from '../../../src/datasets/nifti/intensities.js';
import { toVolume } from '../../../src/datasets/nifti/raster.js';
import { readNifti } from '../../../src/datasets/nifti/read.js';
import { segmentationScores } from '../../../src/trainers/metrics/volume.js';
import { slidingWindow } from '../../../src/trainers/sliding-window.js';
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
import { windowWeights } from '../../../src/transforms/volume/windows.js';
import { inputOf, readTensors } from '../case.js';
import { type Builder, type Check, check, checkSame, toleranceOf } from '../compare.js';
import { samplePositions } from '../procedural.js';

type Extent = readonly [number, number, number];

/** A golden array `[N, C, ...space]` as one raster with channels last for each of its N. */
function rastersOf({ shape, data }: ReturnType<typeof inputOf>): Raster[] {
  const [count, channels, ...space] = shape as [number, number, ...number[]];
  const voxels = space.reduce((product, extent) => product * extent, 1);
  return Array.from({ length: count }, (_, row) => ({
    role: 'intensity',
    axes: ['z', 'y', 'x'],
    shape: [...space, channels],
    data: Float32Array.from(
      { length: channels * voxels },
      (__, at) => data[(row * channels + (at % channels)) * voxels + Math.floor(at / channels)]!,
    ),
  }));
}

/** Overlapping windows of a network that is one convolution. */
export const sliding: Builder = async (golden, folder) => {
  const { roi, sigma_scale: sigma } = golden.options as {
    readonly roi: Extent;
    readonly sigma_scale: number;
  };
  const volumes = rastersOf(inputOf(golden, 'input'));
  const w = inputOf(golden, 'w');
  const filter = tf.tidy(() =>
    tf.transpose(
      tf.tensor<tf.Rank.R5>(w.data, w.shape as [number, number, number, number, number]),
      [2, 3, 4, 1, 0],
    ),
  );
  const bias = tf.tensor1d(inputOf(golden, 'b').data);
  const classes = bias.size;
  const predict = (x: tf.Tensor5D) =>
    tf.tidy(() => tf.add<tf.Tensor5D>(tf.conv3d(x, filter, 1, 'same'), bias));
  const outputs = new Map<string, ArrayLike<number>>();
  for (const name of (await readTensors(folder, golden)).keys()) {
    const plain = name.replace(/#sample$/, '');
    const blended = /^(constant|gaussian)_ov([\d.]+)$/.exec(plain);
    const weights = /^importance_(constant|gaussian)_/.exec(plain);
    if (weights !== null)
      outputs.set(plain, windowWeights(roi, weights[1] as 'constant' | 'gaussian', sigma));
    if (blended === null) continue;
    const blend = blended[1] as 'constant' | 'gaussian';
    const options = { window: roi, overlap: Number(blended[2]), blend, sigma };
    const parts: number[] = [];
    for (const volume of volumes) {
      const { data } = await slidingWindow(volume, predict, options);
      const voxels = data.length / classes;
      for (let at = 0; at < data.length; at++)
        parts.push(data[(at % voxels) * classes + Math.floor(at / voxels)]!);
    }
    outputs.set(plain, parts);
  }
  tf.dispose([filter, bias]);
  return { outputs };
};

/**
 * Dice and surface distances; what the manifest holds as null is not a number. The library calls the distance to a
 * class that is in only one of the maps infinite, MONAI not a number.
 */
export const segmentationMetrics: Builder = async (golden, folder) => {
  const tensors = await readTensors(folder, golden);
  const raster = (name: string): Raster => {
    const { data, shape } = tensors.get(name)!;
    return { role: 'mask', axes: ['z', 'y', 'x'], shape: [...shape, 1], data };
  };
  const [prediction, truth] = [raster('pred'), raster('gt')];
  const classes = golden.num_classes as number;
  const score = (options: object) => segmentationScores(prediction, truth, { classes, ...options });
  const spacing = golden.spacing as number[];
  const predicted = new Set(prediction.data);
  // Where empty classes are not ignored, one that is in neither map counts as perfect and one only predicted as wrong.
  const withEmpty = ({ classId, dice }: { readonly classId: number; readonly dice: number }): number =>
    Number.isNaN(dice) ? Number(!predicted.has(classId)) : dice;
  // Spacing 1 is what MONAI assumes.
  const got: Readonly<Record<string, number[]>> = {
    dice_nobg: score({}).map(({ dice }) => dice),
    dice_bg: score({ background: true }).map(({ dice }) => dice),
    dice_empty_ignored_false: score({}).map(withEmpty),
    hd95_spacing1: score({}).map(({ hausdorff }) => hausdorff),
    hd95_spacing: score({ spacing }).map(({ hausdorff }) => hausdorff),
    hd100_spacing1: score({ percentile: 100 }).map(({ hausdorff }) => hausdorff),
    hd100_spacing: score({ percentile: 100, spacing }).map(({ hausdorff }) => hausdorff),
    asd_symmetric_spacing: score({ spacing }).map(({ averageSurfaceDistance }) => averageSurfaceDistance),
  };
  const isNumber = (value: number | null): value is number => value !== null;
  const checks = Object.entries(golden.data as Readonly<Record<string, (number | null)[]>>).flatMap(
    ([name, want]) => {
      const values = got[name] ?? [];
      return [
        checkSame(`${name} defined`, values.map(Number.isFinite), want.map(isNumber)),
        check(name, values.filter(Number.isFinite), want.filter(isNumber), golden.tolerance.abs ?? 1e-4),
      ];
    },
  );
  const asStored = (name: string) => [name, Float32Array.from(tensors.get(name)!.data)] as const;
  return { outputs: new Map([asStored('gt'), asStored('pred')]), checks };
};

/** The volume in MONAI's order: x slowest. */
function monaiOrder({ raster }: Volume): Float32Array {
  const [nz, ny, nx] = raster.shape as [number, number, number];
  const out = new Float32Array(nz * ny * nx);
  let to = 0;
  for (let x = 0; x < nx; x++)
    for (let y = 0; y < ny; y++) for (let z = 0; z < nz; z++) out[to++] = raster.data[(z * ny + y) * nx + x]!;
  return out;
}

const changed = (volume: Volume, change: (raster: Raster) => Raster): Volume => ({
  ...volume,
  raster: change(volume.raster),
});

/** Steps by the name of their output; numbers in a name are their parameters. */
function spatialStep(name: string, ras: Volume, fine: Volume): Volume {
  const numbers = (text: string) => text.split('_').map(Number) as unknown as [number, number, number];
  const spaced = /^spacing_([\d.]+_[\d.]+_[\d.]+)_/.exec(name);
  if (spaced !== null) return respace(ras, numbers(spaced[1]!));
  const centre = /^center_crop_(\d+_\d+_\d+)$/.exec(name);
  if (centre !== null) return centreCrop(ras, numbers(centre[1]!));
  switch (name) {
    case 'RAS':
      return ras;
    case 'RAS_spacing1_bilinear':
    case 'RAS_spacing1_nearest':
      return fine;
    case 'scale_range':
      return changed(fine, (raster) => windowIntensity(raster, { from: [-57, 164] }));
    case 'scale_range_noclip':
      return changed(fine, (raster) =>
        windowIntensity(raster, { from: [-100, 100], to: [-1, 1], clip: false }),
      );
    case 'norm_nonzero':
      return changed(fine, (raster) =>
        zScore(
          { ...raster, data: Float32Array.from(raster.data, (value) => Math.max(value, 0)) },
          { nonzero: true },
        ),
      );
    case 'norm':
      return changed(fine, (raster) => zScore(raster));
    case 'crop_foreground_gt20_margin1':
      return cropForeground(fine, 20, 1);
    case 'pad_sym':
      return padVolume(ras, [40, 41, 44]);
    case 'pad_end':
      return padVolume(ras, [25, 22, 20], 'end', -5);
    case 'resize_trilinear':
      return resizeVolume(ras, [12, 10, 9]);
    default:
      throw new Error(`Expected a known volume step but the case asks for ${name}.`);
  }
}

interface OutputMeta {
  readonly shape: readonly number[];
  readonly affine: readonly (readonly number[])[];
  readonly box?: readonly [readonly number[], readonly number[]];
}

/** Orientation, spacing, intensity, crop and pad steps on the NIfTI files of the case's folder. */
export const spatialTransforms: Builder = async (golden, folder) => {
  const metas = golden.outputs_meta as Readonly<Record<string, OutputMeta>>;
  const outputs = new Map<string, ArrayLike<number>>();
  const checks: Check[] = [];
  for (const name of Object.keys(golden.outputs)) {
    const [file, step] = name.split('/') as [string, string];
    const image = await readNifti(join(folder, 'nifti', `${file}.nii.gz`));
    const ras = orient(toVolume(image, { role: file.startsWith('lab') ? 'mask' : 'intensity' }), 'RAS');
    const fine = respace(ras, [1, 1, 1]);
    const got = spatialStep(step, ras, fine);
    outputs.set(name, monaiOrder(got));
    const meta = metas[name];
    if (meta === undefined) continue;
    checks.push(checkSame(`${name} shape`, [1, ...got.raster.shape.slice(0, 3).reverse()], meta.shape));
    checks.push(check(`${name} affine`, got.affine.flat(), meta.affine.flat(), 1e-6));
    if (meta.box === undefined) continue;
    const { start, size } = foregroundBox(fine.raster, 20, 1)!;
    const end = start.map((value, axis) => value + size[axis]!);
    checks.push(checkSame(`${name} box`, [start, end], meta.box));
  }
  return { outputs, checks };
};

interface NiftiFile {
  readonly file: string;
  readonly shape: readonly number[];
  readonly affine: readonly (readonly number[])[];
  readonly sample: readonly number[];
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** Headers and intensities of NIfTI files. */
export const niftiFiles: Builder = async (golden, folder) => {
  const tolerance = toleranceOf(golden, 'sample');
  const checks: Check[] = [];
  for (const want of golden.data as readonly NiftiFile[]) {
    const image = await readNifti(join(folder, want.file));
    const values = intensities(image, Float64Array);
    // The golden order has the last index fastest; the file's has the first.
    const strides = image.shape.map((_, axis) => image.shape.slice(0, axis).reduce((a, b) => a * b, 1));
    const sample = samplePositions(values.length).map((cell) => {
      let [rest, at] = [cell, 0];
      for (let axis = want.shape.length - 1; axis >= 0; axis--) {
        at += (rest % want.shape[axis]!) * strides[axis]!;
        rest = Math.floor(rest / want.shape[axis]!);
      }
      return values[at]!;
    });
    const sum = values.reduce((total, value) => total + value, 0);
    const extremes = values.reduce(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)] as [number, number],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as [number, number],
    );
    checks.push(
      checkSame(`${want.file} shape`, image.shape, want.shape),
      check(`${want.file} affine`, image.affine.flat(), want.affine.flat(), 1e-4),
      check(`${want.file} sample`, sample, want.sample, tolerance),
      check(`${want.file} mean`, [sum / values.length], [want.mean], tolerance),
      check(`${want.file} range`, extremes, [want.min, want.max], tolerance),
    );
  }
  return { checks };
};
