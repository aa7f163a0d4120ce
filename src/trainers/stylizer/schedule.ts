/** Learning rate and picture size over a training of `steps` steps. */
export interface ScheduleOptions {
  readonly steps: number;
  readonly rate: number;
  readonly warmup: number;
  readonly batch: number;
  readonly size: number;
  /** From this share of the steps on, batches are `lateBatch` pictures of `lateSize` pixels. */
  readonly lateFrom: number;
  readonly lateBatch: number;
  readonly lateSize: number;
}

/** Linear warm-up, then half a cosine to 0 at the last step. */
export function learningRate({ steps, rate, warmup }: ScheduleOptions, step: number): number {
  if (step < warmup) return (rate * (step + 1)) / warmup;
  const progress = (step - warmup) / Math.max(1, steps - warmup);
  return (rate * (1 + Math.cos(Math.PI * Math.min(1, progress)))) / 2;
}

/** Pictures per batch and their side at a step. */
export function batchShape(options: ScheduleOptions, step: number): { batch: number; size: number } {
  const late = step >= options.lateFrom * options.steps;
  return late
    ? { batch: options.lateBatch, size: options.lateSize }
    : { batch: options.batch, size: options.size };
}
