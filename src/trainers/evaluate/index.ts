export { type Attack, type AttackOptions, attacker, attackOf, describeAttack } from './attacks/attack.js';
export { classifyAttacked } from './attacks/run.js';
export { type Calibration, calibration, type ReliabilityBin } from './classification/calibration.js';
export { type ClassLink, type Outcome, outcomeOf } from './classification/outcome.js';
export {
  type ClassificationScores,
  type ClassScore,
  classificationScores,
} from './classification/scores.js';
export { corruptOnTheFly, measureFolders } from './corruptions/measure.js';
export { ALEXNET, type CorruptionBaseline } from './corruptions/normaliser.js';
export {
  type Answer,
  type CorruptionCell,
  type CorruptionScore,
  type CorruptionScores,
  corruptionScores,
} from './corruptions/scores.js';
export { CORRUPTIONS, type CorruptedFolder, corruptedFolders } from './data/corrupted.js';
export { type CueData, openCueData } from './data/cues.js';
export { type Evaluated, evaluate } from './evaluate.js';
export { linkCategories, linkClasses, type OutputClasses } from './imagenet/link.js';
export { IMAGENET_WNIDS } from './imagenet/wnids.js';
export { classify, decideCues, type RefusedPicture } from './network/classify.js';
export {
  type Network as EvaluatedNetwork,
  type NetworkIdentity,
  type NetworkOptions,
  networkOf,
  openNetwork,
} from './network/network.js';
export { type Perturb, type Predicted, type PredictOptions, predict } from './network/predict.js';
export { asTheyAre, type Preprocessing, type PreprocessingOptions } from './network/preprocessing.js';
export { openRestyling, type RestyleOptions, type Restyling } from './network/restyle.js';
export {
  type EvaluateOptions,
  type EvaluateProgress,
  type SetKind,
  TESTS,
  type TestName,
} from './options.js';
export type {
  ClassificationTest,
  CorruptionTest,
  DecisionRecord,
  Evaluation,
  EvaluationTest,
  HumanEvaluation,
  ModelEvaluation,
  ShapeBiasTest,
} from './result.js';
export { type Consistency, errorConsistency } from './shape-bias/consistency.js';
export { decideCategory } from './shape-bias/decide.js';
export {
  type CategoryBias,
  type CueCounts,
  type CueDecision,
  type ShapeBias,
  shapeBias,
} from './shape-bias/score.js';
export { type CategoryMap, SIXTEEN_CATEGORIES } from './shape-bias/sixteen.js';
export { type Cues, cuesOf, stimulusOf } from './shape-bias/stimulus.js';
export { type BootstrapOptions, bootstrap, type Estimate, share } from './statistics/bootstrap.js';
export { bootstrapMean } from './statistics/bootstrap-mean.js';
export {
  type ClassDecision,
  type DecisionOptions,
  type DecisionTable,
  type OddDecision,
  readDecisions,
} from './tables/decisions.js';
export type { LogitTable } from './tables/logit-table.js';
export { readLogits } from './tables/logits.js';
export { decisionsCsv } from './tables/write.js';
