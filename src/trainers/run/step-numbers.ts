import { emaDecay, scaleEmaDecay } from '../ema.js';
import type { Hook } from './hooks.js';
import type { OpenRun } from './open-run.js';
import { dropoutSeed } from './setup.js';
import type { Standing } from './standing.js';
import type { StepNumbers } from './step.js';

/** What changes from step to step, for the step that comes: learning rate, decay of averages, seed, hooks' numbers. */
export function stepNumbers(
  { plan, parsed }: OpenRun,
  hooks: readonly Hook[],
  { step, cursor: { epoch } }: Standing,
): StepNumbers {
  const { average, seed } = parsed.recipe;
  const scaled = average && scaleEmaDecay(average.decay, plan.batch, average.batch ?? plan.batch);
  const given = hooks.map((hook) => [hook.name, hook.numbers?.({ step, epoch }) ?? {}] as const);
  return {
    rate: plan.rate(step),
    decay: scaled === undefined ? 0 : emaDecay(scaled, step + 1),
    seed: dropoutSeed(seed, step),
    hooks: Object.fromEntries(given),
  };
}
