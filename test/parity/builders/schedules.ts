import * as tf from '@tensorflow/tfjs-core';
import { hard } from '../../../src/core/label.js';
import { softmaxCrossEntropy } from '../../../src/engine/index.js';
import {
  averageStep,
  cosineDecay,
  denseTargets,
  emaDecay,
  exponentialDecay,
  linearDecay,
  multiGridSize,
  numberAlgebra,
  ramp,
  rmsPropRule,
  type Schedule,
  smoothTargets,
  stepDecay,
  withWarmUp,
} from '../../../src/trainers/index.js';
import { type Builder, type Check, check, checkSame, toleranceOf } from '../compare.js';
import { integers, unit } from '../procedural.js';

/** The limit for what float32 tensors compute (FORMAT.md, section 3); the formulas themselves are checked in float64. */
const FLOAT32 = 2e-5;

interface BnetLr {
  readonly cfg: {
    readonly lr_mode: 'step' | 'cosine';
    readonly base_lr: number;
    readonly decay_factor?: number;
    readonly step?: string;
    readonly epochs: number;
    readonly warmup_epochs?: number;
    readonly warmup_lr?: number;
  };
  readonly iters_per_epoch: number;
  readonly lr: readonly number[];
}

/** BNET's scheduler: bounds in epochs, the cosine starts where the warm-up ends. */
export const bnetSchedules: Builder = (golden) => ({
  checks: (golden.data as readonly BnetLr[]).map(({ cfg, iters_per_epoch: perEpoch, lr }, index) => {
    const warm = (cfg.warmup_epochs ?? 0) * perEpoch;
    const at = (cfg.step ?? '').split(',').map((epoch) => Number(epoch) * perEpoch);
    const { base_lr: base, decay_factor: factor = 0.1 } = cfg;
    const schedule =
      cfg.lr_mode === 'step'
        ? stepDecay({ base, at, factor })
        : cosineDecay({ base, steps: cfg.epochs * perEpoch - warm, start: warm });
    const warmed =
      warm === 0 ? schedule : withWarmUp(schedule, { steps: warm, from: cfg.warmup_lr ?? 0, to: base });
    return check(
      `${index} ${cfg.lr_mode}`,
      lr.map((_, step) => warmed(step)),
      lr,
      toleranceOf(golden, 'lr'),
    );
  }),
});

interface DebiasedLr {
  readonly cfg: {
    readonly epochs: number;
    readonly schedule: readonly number[];
    readonly lr: number;
    readonly nb: number;
    readonly warm: number;
    readonly warm_lr: number;
    readonly gamma: number;
    readonly kind: 'step' | 'cos';
  };
  readonly lr_per_iteration: readonly number[];
}

interface MultiGridRows {
  readonly schedule: readonly number[];
  readonly epochs: number;
  readonly min_size: number;
  readonly rows: readonly { readonly epoch: number; readonly batch: number; readonly size: number }[];
}

export const debiasedSchedules: Builder = (golden) => {
  const data = golden.data as {
    readonly lr: readonly DebiasedLr[];
    readonly multi_grid: readonly MultiGridRows[];
  };
  const rates = data.lr.map(({ cfg, lr_per_iteration: expected }, index) => {
    const { epochs, schedule: bounds, lr: base, nb, warm, warm_lr: from, gamma: factor, kind } = cfg;
    const schedule =
      kind === 'cos'
        ? cosineDecay({ base, steps: epochs * nb })
        : stepDecay({ base, at: bounds.map((epoch) => epoch * nb), factor });
    const warmed = withWarmUp(schedule, { steps: warm * nb, from, to: base, reaches: 'within' });
    return check(
      `${index} ${kind}`,
      expected.map((_, step) => warmed(step)),
      expected,
      toleranceOf(golden, 'lr'),
    );
  });
  const sizes = data.multi_grid.map(({ schedule: bounds, epochs, min_size: minimum, rows }, index) => {
    const got = rows.map(({ epoch, batch }) => multiGridSize({ bounds, epochs, minimum }, epoch, batch));
    return checkSame(
      `multi-grid ${index}`,
      got,
      rows.map(({ size }) => size),
    );
  });
  return { checks: [...rates, ...sizes] };
};

interface MnasRow {
  readonly cfg: {
    readonly _steps_per_epoch: number;
    readonly lr_scheduler: 'exp_decaying' | 'linear_decaying';
    readonly exp_decaying_lr_gamma?: number;
    readonly exp_decay_epoch_interval?: number;
    readonly num_epochs: number;
    readonly lr: number;
    readonly base_lr: number;
    readonly lr_stepwise?: boolean;
    readonly epoch_warmup?: number;
  };
  readonly iters: readonly number[];
  readonly lr: readonly number[];
}

interface RhoRow {
  readonly cfg: {
    readonly epoch_free: number;
    readonly epoch_warmup: number;
    readonly rho: number;
    readonly steps_per_epoch: number;
    readonly stepwise?: boolean;
  };
  readonly iters: readonly number[];
  readonly rho: readonly number[];
}

interface EmaRow {
  readonly momentum: number;
  readonly key: string;
  readonly trace: readonly (readonly number[])[];
}

interface SmoothingRow {
  readonly eps: number;
  readonly keys: readonly string[];
  readonly loss: readonly number[];
}

interface RmsPropRow {
  readonly lr: number;
  readonly alpha: number;
  readonly momentum: number;
  readonly eps: number;
  readonly keys: string;
  readonly trace: readonly (readonly number[])[];
}

function mnasSchedule({ cfg }: MnasRow): Schedule {
  const { _steps_per_epoch: perEpoch, lr: base, base_lr: from, num_epochs: epochs, lr_stepwise = true } = cfg;
  const schedule =
    cfg.lr_scheduler === 'linear_decaying'
      ? linearDecay({ base, steps: epochs * perEpoch })
      : exponentialDecay({
          base,
          factor: cfg.exp_decaying_lr_gamma ?? 0.97,
          interval: perEpoch * (cfg.exp_decay_epoch_interval ?? 2.4),
          staircase: !lr_stepwise,
        });
  const steps = (cfg.epoch_warmup ?? 5) * perEpoch;
  return base > from ? withWarmUp(schedule, { steps, from, to: base }) : schedule;
}

function rhoSchedule({ cfg }: RhoRow): Schedule {
  const { epoch_free: free, epoch_warmup: warm, rho: full, steps_per_epoch: perEpoch, stepwise = true } = cfg;
  const schedule = ramp({ full, start: free * perEpoch, steps: warm * perEpoch });
  return stepwise ? schedule : (step) => schedule(Math.floor(step / perEpoch) * perEpoch);
}

/** The float32-rounded values of a procedural vector. */
const vector = (key: string, count: number): Float64Array => unit(key, count).map(Math.fround);

function emaTrace({ momentum, key, trace }: EmaRow): number[] {
  const count = trace[0]!.length;
  const at = (step: number) => vector(key.replace(/,.*$/, '').replace('<t>', String(step)), count);
  let average = at(0);
  return trace.flatMap((_, index) => {
    const step = index + (trace.length > 0 ? 1 : 0);
    average = averageStep(numberAlgebra, average, at(step), Float64Array.of(emaDecay(momentum, step)));
    return [...average];
  });
}

function rmsPropTrace({ lr, alpha, momentum, eps, keys, trace }: RmsPropRow): number[] {
  const [parameterKey = '', gradientKey = ''] = keys.replace(/,.*$/, '').split(' and ');
  const count = trace[0]!.length;
  const rule = rmsPropRule({ decay: alpha, momentum, epsilon: eps });
  let weight = vector(parameterKey, count);
  let slots: Readonly<Record<string, Float64Array>> = {
    square: weight.map(() => 0),
    momentum: weight.map(() => 0),
  };
  return trace.flatMap((_, step) => {
    const gradient = vector(gradientKey.replace('<t>', String(step)), count);
    const input = {
      weight,
      gradient,
      slots,
      learningRate: Float64Array.of(lr),
      step: Float64Array.of(step + 1),
      weightDecay: 0,
    };
    ({ weight, slots } = rule.update(numberAlgebra, input));
    return [...weight];
  });
}

/** Keys read "<key> unit [rows,classes]" and "<key> int mod <classes>". */
function smoothedLoss({ eps, keys }: SmoothingRow): Float32Array {
  const [logitsKey, , shape] = keys[0]!.split(' ') as [string, string, string];
  const [rows, classes] = JSON.parse(shape) as [number, number];
  const labels = integers(keys[1]!.split(' ')[0]!, rows, classes);
  return tf.tidy(() => {
    const logits = tf.tensor2d(Float32Array.from(unit(logitsKey, rows * classes)), [rows, classes]);
    const target = smoothTargets(denseTargets(labels.map(hard), classes), eps);
    return softmaxCrossEntropy(logits, target as tf.Tensor2D).dataSync() as Float32Array;
  });
}

/** The MnasNet recipe's parts; every entry of the data says by its fields what it is. */
export const mnasRecipe: Builder = (golden) => {
  const tolerance = toleranceOf(golden, '');
  const entries = Object.entries(golden.data as Readonly<Record<string, object>>);
  const checks = entries.map(([name, entry]): Check => {
    if ('iters' in entry && 'lr' in entry) {
      const row = entry as MnasRow;
      return check(name, row.iters.map(mnasSchedule(row)), row.lr, tolerance);
    }
    if ('iters' in entry && 'rho' in entry) {
      const row = entry as RhoRow;
      return check(name, row.iters.map(rhoSchedule(row)), row.rho, tolerance);
    }
    if ('alpha' in entry) {
      const row = entry as RmsPropRow;
      return check(name, rmsPropTrace(row), row.trace.flat(), tolerance);
    }
    if ('trace' in entry) {
      const row = entry as EmaRow;
      return check(name, emaTrace(row), row.trace.flat(), tolerance);
    }
    const row = entry as SmoothingRow;
    return check(name, smoothedLoss(row), row.loss, Math.max(tolerance, FLOAT32));
  });
  return { checks };
};
