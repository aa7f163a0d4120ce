import { ShapeError, UsageError } from '../../core/errors.js';
import type { Raster } from '../../core/sample.js';
import { surfaceDistances } from './surface.js';

export interface SegmentationOptions {
  /** Classes from 0 (background) to this number, without it. */
  readonly classes: number;
  /** Score class 0 too. Default false. */
  readonly background?: boolean;
  /** Millimetres per axis, slowest first. Default: the truth's own spacing, else 1. */
  readonly spacing?: readonly number[];
  /** Which percentile of the surface distances is the Hausdorff distance. Default 95; 100 is the classical one. */
  readonly percentile?: number;
  /** Largest distance, in millimetres, that surface Dice counts as right. Default 1. */
  readonly tolerance?: number;
}

/** Scores of one class. NaN: the class is in neither (for `dice`: not in the truth); infinite: in only one of the two. */
export interface SegmentationScores {
  readonly classId: number;
  /** 2 |A ∩ B| / (|A| + |B|). */
  readonly dice: number;
  /** The larger of both directed distances between surfaces at `percentile`, in millimetres. */
  readonly hausdorff: number;
  /** Mean over both surfaces of the distance to the other, in millimetres. */
  readonly averageSurfaceDistance: number;
  /** Share of both surfaces that lies within `tolerance` of the other. */
  readonly surfaceDice: number;
}

/** The value below which `percent` of the values lie, linear between neighbours; NaN for none. */
function percentile(values: Float64Array, percent: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.slice().sort();
  const at = ((sorted.length - 1) * percent) / 100;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low === high ? low : low + (high - low) * (at - Math.floor(at));
}

function diceOf(a: Uint8Array, b: Uint8Array): number {
  let [both, sum, truth] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    both += a[at]! & b[at]!;
    sum += a[at]! + b[at]!;
    truth += b[at]!;
  }
  return truth === 0 ? Number.NaN : (2 * both) / sum;
}

function mean(values: Float64Array): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Scores a predicted class map against the true one, per class, equal to MONAI's DiceMetric, HausdorffDistanceMetric,
 * SurfaceDistanceMetric (symmetric) and SurfaceDiceMetric. Pictures (`yx`) and volumes (`zyx`).
 *
 * @param prediction class ids, same extents as `truth`
 * @throws ShapeError where extents differ; UsageError for more than one channel
 */
export function segmentationScores(
  prediction: Raster,
  truth: Raster,
  options: SegmentationOptions,
): readonly SegmentationScores[] {
  const { classes, background = false, percentile: percent = 95, tolerance = 1 } = options;
  if (prediction.shape.join() !== truth.shape.join())
    throw new ShapeError('the prediction', truth.shape, prediction.shape);
  if (truth.shape.at(-1) !== 1) {
    throw new UsageError(`Expected class ids in one channel but received ${truth.shape.at(-1)} channels.`);
  }
  const shape = truth.shape.slice(0, -1);
  const spacing = options.spacing ?? truth.spacing ?? shape.map(() => 1);
  const first = background ? 0 : 1;
  return Array.from({ length: classes - first }, (_, index) => {
    const classId = first + index;
    const [a, b] = [prediction, truth].map(({ data }) =>
      Uint8Array.from(data, (id) => (id === classId ? 1 : 0)),
    ) as [Uint8Array, Uint8Array];
    const { forward, backward } = surfaceDistances(a, b, shape, spacing);
    const all = new Float64Array(forward.length + backward.length);
    all.set(forward);
    all.set(backward, forward.length);
    const near = all.reduce((count, distance) => count + (distance <= tolerance ? 1 : 0), 0);
    const directed = [forward, backward]
      .filter(({ length }) => length > 0)
      .map((values) => percentile(values, percent));
    return {
      classId,
      dice: diceOf(a, b),
      hausdorff: directed.length === 0 ? Number.NaN : Math.max(...directed),
      averageSurfaceDistance: mean(all),
      surfaceDice: all.length === 0 ? Number.NaN : near / all.length,
    };
  });
}
