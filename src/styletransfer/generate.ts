import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from '../core/errors.js';
import { loadSharp } from '../datasets/decode/sharp.js';
import { chooseDecoder } from '../datasets/videos/decoder.js';
import { encoderPrograms } from '../datasets/videos/ffmpeg/encode.js';
import { lockFolder } from '../io/files/lock.js';
import {
  DATASET_FILE,
  type DatasetHead,
  finishDataset,
  type ReportWriter,
  TOP_FILES,
} from './dataset/finish.js';
import {
  isInPlace,
  isWhole,
  readDataset,
  recordsOf,
  refusalsOf,
  refuseOtherDataset,
} from './dataset/finished.js';
import type { Dataset, Refusal } from './dataset/manifest.js';
import { type RunIdentity, Workspace } from './dataset/workspace.js';
import type { PainterOptions } from './painting/open-painter.js';
import type { Painter, Picture } from './painting/painter.js';
import { groupsOfShard, type PlannedGroup, type PlanRecipe } from './plan/plan.js';
import { parseRecipe, type RecipeInput, type Shard } from './plan/recipe.js';
import { type Inputs, refuseOverlap, type ScanOptions, type Survey, survey } from './plan/scan.js';
import { clipMedium, type Medium, pictureMedium } from './produce/medium.js';
import { crowdedSignal } from './produce/pipeline.js';
import { produceGroups } from './produce/produce.js';

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

/** Looks at the inputs and plans, without writing anything or opening an engine. */
export async function planCueConflict(
  options: GenerateOptions,
  hooks: GenerateHooks = {},
): Promise<Prospect> {
  return plan(options, { ...hooks, signal: crowdedSignal(hooks.signal) });
}

async function plan(options: GenerateOptions, hooks: GenerateHooks): Promise<Prospect> {
  const recipe = recipeOf(options);
  await refuseOverlap(options.out, options);
  const { onProgress } = hooks;
  const scan: ScanOptions = {
    workers: workersOf(options),
    failFast: options.onError === 'fail',
    signal: hooks.signal,
    ...(onProgress && { onProgress: (phase, done, total) => onProgress({ phase, done, total, earlier: 0 }) }),
  };
  const surveyed = await survey(recipe, options, scan, (recipe.video ? clipMedium : pictureMedium)(recipe));
  return { recipe, survey: surveyed, groups: groupsOfShard(surveyed.plan, options.shard) };
}

/**
 * Makes a cue-conflict dataset (arXiv 2010.05981): every content picture painted in the texture of another, with both
 * labels. The same options and inputs give the same bytes on one machine and engine, whatever `workers`, however split
 * into `shard`s and merged, and however often the run was killed and started again: a second call completes the folder,
 * or does nothing when it is complete.
 *
 * @throws UsageError for options that cannot be met; DatasetError when no input is usable; DecodeError under
 * `onError: 'fail'`; StorageError E_LOCKED (another writer), E_OTHER_RUN (begun with other options), E_NO_SPACE (run
 * again after making room), E_EXISTS (a foreign file has an output's name); EngineError; the signal's reason.
 * @example
 * await generateCueConflict({ content: 'photos', styles: 'paintings', out: 'dataset', alpha: [0.8], seed: 1 });
 */
export async function generateCueConflict(
  options: GenerateOptions,
  { onProgress, signal }: GenerateHooks = {},
): Promise<GenerateSummary> {
  const start = performance.now();
  const hooks: GenerateHooks = { signal: crowdedSignal(signal), ...(onProgress && { onProgress }) };
  const root = resolve(options.out);
  const recipe = recipeOf(options); // what is wrong here is said before an engine is opened, and a missing engine before the scan
  const begun = { options, hooks, root, start };
  if (recipe.video === undefined) {
    const painter = options.painter ?? (await openNetwork(options.model));
    return begin({ ...begun, painter, medium: pictureMedium(recipe) });
  }
  if (options.painter !== undefined)
    throw new UsageError('Expected videos to be painted by a network of this package: leave out painter.');
  await encoderPrograms();
  const { openClipPainter } = await import('./painting/open-painter.js');
  return begin({ ...begun, painter: await openClipPainter(options.model), medium: clipMedium(recipe) });
}

type Begun<Content extends Picture> = Omit<Run<Content>, 'prospect' | 'assertHeld'> & {
  readonly start: number;
};

async function begin<Content extends Picture>({ start, ...begun }: Begun<Content>): Promise<GenerateSummary> {
  const { options, hooks, painter, root } = begun;
  try {
    const prospect = await plan(options, hooks);
    const lock = await lockFolder(root, { signal: hooks.signal });
    try {
      return await complete({ ...begun, prospect, assertHeld: () => lock.assertHeld() }, start);
    } finally {
      await lock.release();
    }
  } finally {
    if (options.painter === undefined) painter.dispose();
  }
}

interface Run<Content extends Picture> {
  readonly options: GenerateOptions;
  readonly hooks: GenerateHooks;
  readonly prospect: Prospect;
  readonly painter: Painter<unknown, Content>;
  readonly medium: Medium<Content>;
  readonly root: string;
  readonly assertHeld: () => Promise<void>;
}

async function complete<Content extends Picture>(run: Run<Content>, start: number): Promise<GenerateSummary> {
  const { options, hooks, prospect, painter, medium, root } = run;
  const { survey: surveyed, groups, recipe } = prospect;
  const versions = await versionsNow(recipe.video !== undefined);
  const shard = options.shard === undefined ? {} : { shard: options.shard };
  const identity: RunIdentity = { plan: surveyed.plan.hash, painter: painter.identity, versions, ...shard };
  const workspace = new Workspace(root);
  const finished = await readDataset(root);
  const kept: Refusal[] = [];
  if (finished !== undefined) {
    refuseOtherDataset(finished, identity, root);
    if (await isWhole(root, finished)) {
      await workspace.clear(); // left by a kill at the very end
      const earlier = finished.counts.outputs.delivered;
      return { out: root, dataset: finished, made: 0, earlier, ...times(start) };
    }
    await workspace.open(identity, []);
    kept.push(...(await reopen(workspace, finished)));
  } else {
    await workspace.open(identity, TOP_FILES);
  }
  const planned = groups.reduce((sum, group) => sum + group.outputs.length, 0);
  const committed = new Map<number, number>();
  for await (const record of workspace.records()) {
    if (await isInPlace(root, record)) committed.set(record.group, record.entries.length);
  }
  const missing = groups.filter(({ index }) => !committed.has(index));
  let done = groups.reduce((sum, group) => sum + (committed.has(group.index) ? group.outputs.length : 0), 0);
  const earlier = done;
  let made = 0;
  const tell = (phase: GenerateProgress['phase']) =>
    hooks.onProgress?.({ phase, done, total: planned, earlier });
  tell('stylize');
  const stylizing = performance.now();
  await produceGroups(
    {
      ...surveyed,
      recipe,
      painter,
      medium,
      workspace,
      workers: workersOf(options),
      failFast: options.onError === 'fail',
      signal: hooks.signal,
      beforeCommit: run.assertHeld,
      onOutputs: (delivered, refused) => {
        done += delivered + refused;
        made += delivered;
        tell('stylize');
      },
    },
    missing,
  );
  const { stylizeSeconds } = times(start, stylizing);
  tell('finish');
  await run.assertHeld();
  const head: DatasetHead = {
    format: 'cuemix-dataset',
    version: 1,
    recipe,
    plan: {
      hash: surveyed.plan.hash,
      outputs: surveyed.plan.outputs.length,
      groups: surveyed.plan.groups.length,
      groupSize: recipe.group,
    },
    ...shard,
    painter: painter.identity,
    versions,
    classes: [...surveyed.classes],
    styleClasses: [...surveyed.styleClasses],
    ...(surveyed.classNames && { classNames: [...surveyed.classNames] }),
    found: surveyed.found,
  };
  const dataset = await finishDataset(
    workspace,
    head,
    [...surveyed.refusals, ...kept],
    planned,
    options.report,
  );
  return { out: root, dataset, made, earlier, ...times(start), stylizeSeconds };
}

/** Loads TensorFlow only when it is needed. */
async function openNetwork(options: PainterOptions | undefined): Promise<Painter> {
  const { openPainter } = await import('./painting/open-painter.js');
  return openPainter(options);
}

/** Takes a finished dataset with missing files back to the unfinished state; gives its refusals. */
async function reopen(workspace: Workspace, dataset: Dataset): Promise<Refusal[]> {
  const refusals = await refusalsOf(workspace.root);
  for await (const record of recordsOf(workspace.root, dataset)) {
    if (await isInPlace(workspace.root, record)) await workspace.adopt(record);
  }
  await rm(join(workspace.root, DATASET_FILE));
  return refusals;
}

function recipeOf(options: GenerateOptions): PlanRecipe {
  const { out, shard, onError, workers, model, painter, report, content, classIndex, styles, ...recipe } =
    options;
  return parseRecipe({ ...recipe, styles: styles === 'self' ? 'self' : 'folder' });
}

function workersOf({ workers = availableParallelism() }: GenerateOptions): number {
  if (Number.isInteger(workers) && workers >= 1 && workers <= 256) return workers;
  throw new UsageError(`Expected 1 to 256 workers but ${workers} came.`);
}

/** Versions of what decides the bytes beside the network. */
export async function versionsNow(video = false): Promise<Record<string, string>> {
  const { versions } = await loadSharp();
  const { version }: { version: string } = createRequire(import.meta.url)('../../package.json');
  const own = { cuemix: version, sharp: versions.sharp ?? 'unknown', libvips: versions.vips };
  if (!video) return own;
  const [{ name }, { version: ffmpeg }] = await Promise.all([chooseDecoder('auto'), encoderPrograms()]);
  return { ...own, decoder: name, ffmpeg };
}

function times(start: number, stylizing = performance.now()) {
  const now = performance.now();
  return { seconds: (now - start) / 1000, stylizeSeconds: (now - stylizing) / 1000 };
}
