import type { CheckpointState } from '../checkpoint/state.js';
import type { EpochEvent, StepEvent } from './events.js';

/** Seconds of a clock that only goes forward. */
export const now = (): number => performance.now() / 1000;

const NOTHING = { steps: 0, samples: 0, loss: 0, accuracy: 0, seconds: 0, waited: 0 };

/** Means over the steps of an epoch. */
export class Meter {
  private total: NonNullable<CheckpointState['meter']>;

  /** @param sums what an earlier part of the epoch came to */
  constructor(sums: CheckpointState['meter']) {
    this.total = sums ?? NOTHING;
  }

  /** What a checkpoint keeps; undefined between epochs. */
  get sums(): CheckpointState['meter'] {
    return this.total.steps > 0 ? this.total : undefined;
  }

  add({ loss, accuracy, samples, seconds, waited }: StepEvent): void {
    const { total } = this;
    this.total = {
      steps: total.steps + 1,
      samples: total.samples + samples,
      loss: total.loss + loss,
      accuracy: total.accuracy + accuracy,
      seconds: total.seconds + seconds,
      waited: total.waited + waited,
    };
  }

  /** The means so far; starts anew. */
  take(): Pick<EpochEvent, 'loss' | 'accuracy' | 'seconds' | 'waiting' | 'samplesPerSecond'> {
    const { steps, samples, loss, accuracy, seconds, waited } = this.total;
    this.total = NOTHING;
    return {
      loss: loss / steps,
      accuracy: accuracy / steps,
      seconds,
      waiting: seconds > 0 ? waited / seconds : 0,
      samplesPerSecond: seconds > 0 ? samples / seconds : 0,
    };
  }
}
