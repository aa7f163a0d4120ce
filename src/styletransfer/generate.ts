import { resolve } from 'node:path';
import { UsageError } from '../core/errors.js';
import { encoderPrograms } from '../datasets/videos/ffmpeg/encode.js';
import { lockFolder } from '../io/files/lock.js';
import { complete, type Run } from './complete.js';
import {
  type GenerateHooks,
  type GenerateOptions,
  type GenerateSummary,
  type Prospect,
  recipeOf,
  workersOf,
} from './options.js';
import type { ClipStyle } from './painting/clip-stylizer.js';
import type { PainterOptions } from './painting/open-painter.js';
import type { Clip, Painter, Picture } from './painting/painter.js';
import type { ScanOptions } from './plan/inputs.js';
import { refuseOverlap } from './plan/overlap.js';
import { groupsOfShard } from './plan/plan.js';
import { survey } from './plan/scan.js';
import { ScanMemory } from './plan/scan-memory.js';
import { clipMedium, pictureMedium } from './produce/medium.js';
import { crowdedSignal } from './produce/pipeline.js';

export type {
  GenerateHooks,
  GenerateOptions,
  GenerateProgress,
  GenerateSummary,
  Prospect,
} from './options.js';

/** Looks at the inputs and plans, without writing anything or opening an engine. */
export async function planCueConflict(
  options: GenerateOptions,
  hooks: GenerateHooks = {},
): Promise<Prospect> {
  const memory = await ScanMemory.read(options.out);
  return plan(options, { ...hooks, signal: crowdedSignal(hooks.signal) }, memory);
}

/**
 * Opens the engine and the network that would paint, and lets go of both: what a run would stop at before its first
 * look at the inputs. Throws as {@link generateCueConflict}.
 */
export async function checkPainter(options: GenerateOptions): Promise<void> {
  if (options.painter !== undefined) return;
  const { video } = recipeOf(options);
  (await (video === undefined ? openPictures(options.model) : openClips(options.model))).dispose();
}

async function plan(options: GenerateOptions, hooks: GenerateHooks, memory: ScanMemory): Promise<Prospect> {
  const recipe = recipeOf(options);
  await refuseOverlap(options.out, options);
  const { onProgress } = hooks;
  const scan: ScanOptions = {
    workers: workersOf(options),
    failFast: options.onError === 'fail',
    signal: hooks.signal,
    memory,
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
    const painter = options.painter ?? (await openPictures(options.model));
    return begin({ ...begun, painter, medium: pictureMedium(recipe) });
  }
  if (options.painter !== undefined)
    throw new UsageError('Expected videos to be painted by a network of this package: leave out painter.');
  return begin({ ...begun, painter: await openClips(options.model), medium: clipMedium(recipe) });
}

type Begun<Content extends Picture> = Omit<Run<Content>, 'prospect' | 'memory' | 'assertHeld'> & {
  readonly start: number;
};

async function begin<Content extends Picture>({ start, ...begun }: Begun<Content>): Promise<GenerateSummary> {
  const { options, hooks, painter, root } = begun;
  try {
    const memory = await ScanMemory.read(root);
    const prospect = await plan(options, hooks, memory);
    const lock = await lockFolder(root, { signal: hooks.signal });
    try {
      return await complete({ ...begun, prospect, memory, assertHeld: () => lock.assertHeld() }, start);
    } finally {
      await lock.release();
    }
  } finally {
    if (options.painter === undefined) painter.dispose();
  }
}

/** Loads TensorFlow only when it is needed. */
async function openPictures(options: PainterOptions | undefined): Promise<Painter> {
  const { openPainter } = await import('./painting/open-painter.js');
  return openPainter(options);
}

async function openClips(options: PainterOptions | undefined): Promise<Painter<ClipStyle, Clip>> {
  await encoderPrograms();
  const { openClipPainter } = await import('./painting/open-painter.js');
  return openClipPainter(options);
}
