import { isBetter } from '../checkpoint/folder.js';
import type { CheckpointState } from '../checkpoint/state.js';
import type { Objective, Scores } from '../tasks/task.js';
import type { Position } from './events.js';
import { finiteOnly } from './finite-only.js';

/** Where a run stands: what a checkpoint keeps of it beside tensors. */
export class Standing {
  /** Steps done. */
  step: number;
  /** Epochs begun and not ended, with what follows their steps. */
  epoch: number;
  cursor: CheckpointState['cursor'];
  best: CheckpointState['best'];
  /** Of the last validation. */
  metrics: CheckpointState['metrics'];
  /** Of a validation at this very step. */
  score: CheckpointState['score'];
  /** The epoch's steps are done but not what follows them. */
  pending: boolean;

  /** @param state where a checkpoint stood; the beginning unless given */
  constructor(state: CheckpointState | undefined) {
    this.step = state?.step ?? 0;
    this.cursor = state?.cursor ?? { epoch: 0, offset: 0 };
    this.epoch = this.cursor.epoch;
    this.best = state?.best;
    this.metrics = state?.metrics;
    this.pending = state?.pending ?? false;
  }

  get position(): Position {
    return { step: this.step, epoch: this.epoch };
  }

  /** A step was made; the data goes on at `cursor`. */
  advance(cursor: CheckpointState['cursor']): void {
    this.step++;
    this.cursor = cursor;
    this.score = undefined;
  }

  /** Takes up a validation; returns whether it is the best so far, by more than `margin`. */
  judge({ metrics }: Scores, { metric, higher }: Objective['best'], margin: number): boolean {
    const value = metrics[metric]!;
    const { best } = this;
    const isBest = best === undefined || isBetter(value, best.score + (higher ? margin : -margin), higher);
    this.best = isBest ? { score: value, since: 0 } : { score: best.score, since: best.since + 1 };
    this.metrics = finiteOnly(metrics);
    if (Number.isFinite(value)) this.score = { metric, value, higher };
    return isBest;
  }
}
