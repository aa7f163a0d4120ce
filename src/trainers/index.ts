export { type Algebra, numberAlgebra, tensorAlgebra } from './algebra.js';
export {
  type FindOptions,
  findCheckpoint,
  listCheckpoints,
  verifyCheckpoint,
} from './checkpoint/folder.js';
export { type LoadedCheckpoint, loadCheckpoint } from './checkpoint/load.js';
export type { TrainedPreprocessing } from './checkpoint/preprocessing.js';
export type { CheckpointState } from './checkpoint/state.js';
export { averageStep, emaDecay, scaleEmaDecay, WeightAverage } from './ema.js';
export * from './evaluate/index.js';
export { type FgsmOptions, fgsm } from './fgsm.js';
export { adaptLayersModel, type LayersModel } from './foreign/layers-model.js';
export {
  clipByGlobalNorm,
  GradientAccumulator,
  type Gradients,
  globalNorm,
  gradientsOf,
} from './gradient.js';
export { IMAGENET_A_CLASSES } from './imagenet-a.js';
export { recorded } from './logs/record.js';
export { type RunSummary, summariseRuns } from './logs/runs.js';
export { denseTargets, dualLabelLoss, l2Penalty, smoothTargets, softCrossEntropy } from './loss.js';
export { type SegmentationOptions, type SegmentationScores, segmentationScores } from './metrics/volume.js';
export type { Network } from './network.js';
export {
  adam,
  adamw,
  type GroupOptions,
  kernelsOnly,
  lamb,
  Optimizer,
  rmsProp,
  sgd,
} from './optimizer.js';
export type { Hosts } from './parallel/address.js';
export { type LaunchOptions, launch } from './parallel/launch.js';
export { CLUSTER_VARIABLE } from './parallel/processes.js';
export { type PredictVolumeOptions, predictVolume } from './predict-volume.js';
export { type RecalibrateOptions, recalibrate } from './recalibrate.js';
export * from './recipe/index.js';
export { largestClass } from './return-volume.js';
export {
  type AdamOptions,
  adamRule,
  adamwRule,
  lambRule,
  type RmsPropOptions,
  type Rule,
  type RuleInput,
  type RuleOutput,
  rmsPropRule,
  type SgdOptions,
  sgdRule,
} from './rules.js';
export { DivergedError } from './run/diverged.js';
export type * from './run/events.js';
export type { Hook, HookContext, SmallerNetwork } from './run/hooks.js';
export type { TrainOptions } from './run/open-run.js';
export {
  type StepNumbers,
  type StepOptions,
  type StepResult,
  type StepView,
  type TrainingStep,
  trainingStep,
} from './run/step.js';
export { train } from './run/train.js';
export {
  type CosineDecay,
  cosineDecay,
  type ExponentialDecay,
  exponentialDecay,
  linearDecay,
  type MultiGrid,
  multiGridSize,
  ramp,
  type Schedule,
  type StepDecay,
  stepDecay,
  type WarmUp,
  withWarmUp,
} from './schedule.js';
export { baselineArchitecture } from './search/baselines/baseline.js';
export { type SearchProspect, searchProspect } from './search/prospect.js';
export type { SearchRecord } from './search/records.js';
export { type SearchEvent, type SearchOptions, type SearchResult, search } from './search/search.js';
export {
  type DiceCEOptions,
  type DiceOptions,
  diceCELoss,
  diceLoss,
  focalLoss,
  generalizedDiceLoss,
  type TverskyOptions,
  tverskyLoss,
  voxelCrossEntropy,
} from './segmentation-loss.js';
export { type SlidingWindowOptions, slidingWindow, type WindowPredictor } from './sliding-window.js';
export {
  centreSquares,
  holdOut,
  type LossWeights,
  listPictures,
  type PairFigures,
  type PerceptualNetwork,
  pairFigures,
  perceptualNetwork,
  runStylizerTraining,
  type ScheduleOptions as StylizerSchedule,
  type StepResult as TrainingStepResult,
  type StylizerTraining,
  type TrainingSummary,
} from './stylizer/index.js';
export { tasks } from './tasks/registry.js';
export {
  type Confusion,
  defineTask,
  type Objective,
  type Scorer,
  type Scores,
  type Task,
} from './tasks/task.js';
