export { type StyleBank, type StyleBankOptions, styleBank } from './cue-conflict/bank.js';
export { type CuePaint, cueConflictTensor, type StyleSource } from './cue-conflict/paint.js';
export { type CueConflict, type CueDraw, cueConflictBy, cueLabels } from './cue-conflict/transform.js';
export type { Dataset as CueConflictDataset, ManifestEntry, Refusal } from './dataset/manifest.js';
export { type MergeHooks, type MergeOptions, mergeDatasets } from './dataset/merge.js';
export { type Problem, type Verdict, type VerifyHooks, verifyDataset } from './dataset/verify.js';
export {
  type GenerateHooks,
  type GenerateOptions,
  type GenerateProgress,
  type GenerateSummary,
  generateCueConflict,
  type Prospect,
  planCueConflict,
} from './generate.js';
export {
  type EmbeddedOptions,
  loadStylizer,
  loadTensorStylizer,
  type StylizerOptions,
  type VggOptions,
} from './network/model.js';
export type { LayerStatistics, StyleStatistics } from './network/stats.js';
export type { StyleModel } from './network/style-model.js';
export type { TensorStylizer } from './network/tensor-stylizer.js';
export {
  type ClipPaint,
  type ClipStyle,
  type ClipStylizer,
  loadClipStylizer,
} from './painting/clip-stylizer.js';
export { openPainter, type PainterOptions } from './painting/open-painter.js';
export type { Painter, Picture } from './painting/painter.js';
export { type Recipe, type RecipeInput, recipeSchema, type Shard } from './plan/recipe.js';
