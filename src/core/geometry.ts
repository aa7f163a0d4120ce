import type { AxisTarget } from './resample.js';
import { roundHalfEven } from './rounding.js';

/**
 * How a picture is brought to a size. `exact` stretches; `cover` keeps the aspect, fills the frame and cuts what hangs
 * over, centred (torchvision's Resize + CenterCrop); `contain` keeps the aspect and stays inside the frame, without
 * padding; `short` gives the shorter side that length (torchvision's Resize with one number).
 */
export type Fit =
  | { readonly fit: 'exact' | 'cover' | 'contain'; readonly width: number; readonly height: number }
  | { readonly fit: 'short'; readonly size: number };

/** Sizes of both axes after resampling and the window that is kept, for {@link resample}. */
export interface FitPlan {
  readonly y: AxisTarget;
  readonly x: AxisTarget;
  /** Extents of the result. */
  readonly height: number;
  readonly width: number;
}

/** Carries out the arithmetic of {@link Fit} for a picture of `height` by `width` pixels; no side becomes 0. */
export function planFit(height: number, width: number, target: Fit): FitPlan {
  if (target.fit === 'exact') return plan(target.height, target.width);
  if (target.fit === 'short') return plan(...scaleShort(height, width, target.size));
  const tight = target.width * height >= target.height * width; // the width decides how far `cover` must grow
  const byWidth = tight === (target.fit === 'cover');
  const grown: [number, number] = byWidth
    ? [Math.max(1, Math.trunc((target.width * height) / width)), target.width]
    : [target.height, Math.max(1, Math.trunc((target.height * width) / height))];
  if (target.fit === 'contain') return plan(...grown);
  const [tall, wide] = grown;
  return plan(Math.max(tall, target.height), Math.max(wide, target.width), target.height, target.width);
}

/** [height, width] after the shorter side has become `size`; the longer side is rounded down, as in torchvision. */
function scaleShort(height: number, width: number, size: number): [number, number] {
  const long = Math.trunc((size * Math.max(height, width)) / Math.min(height, width));
  return width <= height ? [long, size] : [size, long];
}

function plan(tall: number, wide: number, height = tall, width = wide): FitPlan {
  return {
    y: { size: tall, window: { start: centred(tall, height), length: height } },
    x: { size: wide, window: { start: centred(wide, width), length: width } },
    height,
    width,
  };
}

/**
 * First element of a centred window of `part` in `whole`; halves go to the even number, as Python rounds. A window that
 * is larger begins before 0, an odd element more after the end than before it, as torchvision pads.
 */
export function centred(whole: number, part: number): number {
  const half = (whole - part) / 2;
  if (half < 0) return Math.ceil(half) + 0; // never -0
  return roundHalfEven(half);
}
