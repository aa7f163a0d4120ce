import type { Scores } from '../tasks/task.js';

/** Where a run stands. */
export interface Position {
  /** Steps done. */
  readonly step: number;
  /** Epochs begun and not ended, from 0; `epochs` at the end. */
  readonly epoch: number;
}

/** A run begins, or goes on. */
export interface StartEvent extends Position {
  readonly type: 'start';
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Samples of one step. */
  readonly batch: number;
  /** Learning rate after warm-up, scaled with the batch. */
  readonly rate: number;
  readonly parameters: number;
  readonly classes: readonly string[] | undefined;
  /** The checkpoint that it goes on from. */
  readonly resumed?: string;
}

/** One optimisation step was made. */
export interface StepEvent extends Position {
  readonly type: 'step';
  readonly loss: number;
  /** Share of main-view samples predicted right, 0 to 1. */
  readonly accuracy: number;
  readonly rate: number;
  /** Samples seen by the main view. */
  readonly samples: number;
  /** Since the step before. */
  readonly seconds: number;
  /** Of those, waiting for data. */
  readonly waited: number;
  /** Sum of the hooks' penalties. */
  readonly penalty?: number;
}

/** The network was validated. */
export interface ValidationEvent extends Position, Scores {
  readonly type: 'validation';
  readonly seconds: number;
  /** Whether this is the best so far. */
  readonly best: boolean;
}

/** An epoch ended. */
export interface EpochEvent extends Position {
  readonly type: 'epoch';
  /** Means over the epoch. */
  readonly loss: number;
  readonly accuracy: number;
  readonly seconds: number;
  /** Share of the time that waited for data. */
  readonly waiting: number;
  readonly samplesPerSecond: number;
}

/** A checkpoint was written. */
export interface CheckpointEvent extends Position {
  readonly type: 'checkpoint';
  readonly path: string;
  readonly seconds: number;
}

/** Something that a person should know. */
export interface NoticeEvent {
  readonly type: 'notice';
  readonly message: string;
}

/** The run is over; nothing follows. */
export interface EndEvent extends Position {
  readonly type: 'end';
  /**
   * `early`: no better score for long enough; `stopped`: by the signal, after a checkpoint; `diverged`: the loss of the
   * next step is not finite, which is thrown then.
   */
  readonly reason: 'finished' | 'early' | 'stopped' | 'diverged';
  /** The last validation. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** What a run tells, in order. */
export type TrainEvent =
  | StartEvent
  | StepEvent
  | ValidationEvent
  | EpochEvent
  | CheckpointEvent
  | NoticeEvent
  | EndEvent;
