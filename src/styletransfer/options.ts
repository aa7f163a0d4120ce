import { availableParallelism } from 'node:os';
import { UsageError } from '../core/errors.js';
import type { ReportWriter } from './dataset/finish.js';
import type { Dataset } from './dataset/manifest.js';
import type { PainterOptions } from './painting/open-painter.js';
import type { Painter } from './painting/painter.js';
import type { Inputs } from './plan/inputs.js';
import type { PlannedGroup, PlanRecipe } from './plan/plan.js';
import { parseRecipe, type RecipeInput, type Shard } from './plan/recipe.js';
import type { Survey } from './plan/scan.js';

/** What dataset to make, of what, where. Recipe keys and their defaults: `recipeSchema`. */
export interface GenerateOptions extends Omit<RecipeInput, 'styles'>, Inputs {
  /** Folder for the dataset; made if missing, continued if begun by the same options. */
  readonly out: string;
  /** The part of the dataset to make here; put parts together by `mergeDatasets`. */
  readonly shard?: Shard | undefined;
  /** Unreadable pictures: `skip` (default) sets them aside in `quarantine.jsonl`, `fail` stops. */
  readonly onError?: 'skip' | 'fail';
  /** Pictures decoded and encoded at once; one per core unless told. Does not change a byte. */
  readonly workers?: number;
  /** Network and engine; ignored when `painter` is given. */
  readonly model?: PainterOptions;
  /** Paints pictures instead of a network of this package. The caller disposes it. */
  readonly painter?: Painter;
  /** Makes further files from the finished dataset, such as `datasetReport` of `cuemix/report`. */
  readonly report?: ReportWriter;
}

/** How far a run is. */
export interface GenerateProgress {
  /** Reading headers, trying pictures (stratified only), making outputs, writing manifest and report. */
  readonly phase: 'scan' | 'check' | 'stylize' | 'finish';
  readonly done: number;
  readonly total: number;
  /** Of `done`, how many were there from an earlier run. */
  readonly earlier: number;
}

/** Watching and stopping a run. */
export interface GenerateHooks {
  readonly onProgress?: (progress: GenerateProgress) => void;
  /** Stops the run within moments; the folder can be continued later. Rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a run did. */
export interface GenerateSummary {
  readonly out: string;
  readonly dataset: Dataset;
  /** Outputs made by this run, and found made by earlier ones. */
  readonly made: number;
  readonly earlier: number;
  /** Seconds, whole run and the part from the first batch to the last commit. */
  readonly seconds: number;
  readonly stylizeSeconds: number;
}

/** A dataset on paper: what {@link generateCueConflict} would make. */
export interface Prospect {
  readonly recipe: PlanRecipe;
  readonly survey: Survey;
  /** The groups of this part. */
  readonly groups: readonly PlannedGroup[];
}

/** The recipe in the options. Throws UsageError. */
export function recipeOf(options: GenerateOptions): PlanRecipe {
  const { out, shard, onError, workers, model, painter, report, content, classIndex, styles, ...recipe } =
    options;
  return parseRecipe({ ...recipe, styles: styles === 'self' ? 'self' : 'folder' });
}

/** How many pictures are in work at once. Throws UsageError. */
export function workersOf({ workers = availableParallelism() }: GenerateOptions): number {
  if (Number.isInteger(workers) && workers >= 1 && workers <= 256) return workers;
  throw new UsageError(`Expected 1 to 256 workers but ${workers} came.`);
}
