/** The learning rate at a moment of training; `step` counts from 0 over the whole run. */
export type Schedule = (step: number) => number;

export interface WarmUp {
  readonly steps: number;
  /** Where it starts; default 0. */
  readonly from?: number;
  /** Where it ends; default what the schedule gives for step 0. */
  readonly to?: number;
  /**
   * Which step has the rate `to`: `after` (default): step number `steps`; `within`: the one before, as step s is
   * given the value of s + 1.
   */
  readonly reaches?: 'after' | 'within';
}

/** A straight line up to the schedule's rate, which then goes on as if there had been no warm-up. */
export function withWarmUp(schedule: Schedule, { steps, from = 0, to, reaches = 'after' }: WarmUp): Schedule {
  const target = to ?? schedule(0);
  const shift = reaches === 'within' ? 1 : 0;
  return (step) => {
    const position = step + shift;
    return steps > 0 && position <= steps ? from + ((target - from) * position) / steps : schedule(step);
  };
}

export interface StepDecay {
  readonly base: number;
  /** Steps at which the rate is multiplied once more. */
  readonly at: readonly number[];
  /** Default 0.1. */
  readonly factor?: number;
}

/** Piecewise constant: base · factor^(number of bounds reached). */
export function stepDecay({ base, at, factor = 0.1 }: StepDecay): Schedule {
  return (step) => base * factor ** at.filter((bound) => step >= bound).length;
}

export interface CosineDecay {
  readonly base: number;
  /** Length of the half wave. */
  readonly steps: number;
  /** First step of the wave, where a warm-up ends; default 0. */
  readonly start?: number;
  /** Rate at the end; default 0. */
  readonly end?: number;
}

/** Half a cosine from `base` to `end`. */
export function cosineDecay({ base, steps, start = 0, end = 0 }: CosineDecay): Schedule {
  return (step) => {
    const share = Math.min(1, Math.max(0, step - start) / steps);
    return end + 0.5 * (base - end) * (1 + Math.cos(Math.PI * share));
  };
}

export interface ExponentialDecay {
  readonly base: number;
  readonly factor: number;
  /** Steps per factor; may be broken. */
  readonly interval: number;
  /** Whole factors only; default true. */
  readonly staircase?: boolean;
}

/** base · factor^(step / interval). The MnasNet recipe is a staircase of 0.97 every 2.4 epochs. */
export function exponentialDecay({ base, factor, interval, staircase = true }: ExponentialDecay): Schedule {
  return (step) => base * factor ** (staircase ? Math.floor(step / interval) : step / interval);
}

/** A straight line from `base` at step 0 to 0 at `steps`. */
export function linearDecay({ base, steps }: { readonly base: number; readonly steps: number }): Schedule {
  return (step) => base * (1 - Math.min(step, steps) / steps);
}

/** A straight line from 0, held until `start`, to `full`, reached after `steps` more: AtomNAS's sparsity strength. */
export function ramp({ full, steps, start = 0 }: { full: number; steps: number; start?: number }): Schedule {
  return (step) => full * Math.min(1, Math.max(0, step - start) / steps);
}

export interface MultiGrid {
  /** Epochs that bound the learning-rate stages, without 0 and the total. */
  readonly bounds: readonly number[];
  readonly epochs: number;
  /** Full extent; default 224. */
  readonly size?: number;
  /** Smallest extent; default 112. */
  readonly minimum?: number;
}

/**
 * Extent of the stylised pictures (arXiv 2010.05981, code): the full size, divided by √2 in batches of even index and
 * again by √2 during the first half of each learning-rate stage; halves rounded up, at least `minimum`.
 */
export function multiGridSize(
  { bounds, epochs, size = 224, minimum = 112 }: MultiGrid,
  epoch: number,
  batch: number,
): number {
  const edges = [0, ...bounds, epochs];
  const stage = edges.findLastIndex((edge) => epoch >= edge);
  const [from, to] = [edges[stage]!, edges[Math.min(stage + 1, edges.length - 1)]!];
  const isFirstHalf = epoch < (from + to) / 2;
  const halvings = (batch % 2 === 0 ? 1 : 0) + (isFirstHalf ? 1 : 0);
  return Math.max(minimum, Math.floor(size / Math.SQRT2 ** halvings + 0.5));
}
