/**
 * The light half of the package: nothing here loads TensorFlow, sharp or another native module until it is called.
 * Networks, batch transforms and training are in the subpaths `cuemix/engine`, `/models`, `/transforms`, `/trainers`
 * and `/styletransfer`.
 */
export * from './core/index.js';
export { type MergeHooks, type MergeOptions, mergeDatasets } from './styletransfer/dataset/merge.js';
export {
  type Problem,
  type Verdict,
  type VerifyHooks,
  verifyDataset,
} from './styletransfer/dataset/verify.js';
export {
  type GenerateHooks,
  type GenerateOptions,
  type GenerateProgress,
  type GenerateSummary,
  generateCueConflict,
  type Prospect,
  planCueConflict,
} from './styletransfer/generate.js';
