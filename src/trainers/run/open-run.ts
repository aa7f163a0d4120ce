import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../core/errors.js';
import { type Cluster, type Engine, openEngine } from '../../engine/index.js';
import { sweepTemporary } from '../../io/files/atomic.js';
import { type Lock, lockFolder } from '../../io/files/lock.js';
import { CHECKPOINTS } from '../checkpoint/folder.js';
import { checkpointConfig, restoreCheckpoint } from '../checkpoint/load.js';
import type { TrainedParts } from '../checkpoint/save.js';
import type { Network } from '../network.js';
import type { ParsedRecipe } from '../recipe/parse.js';
import type { Objective } from '../tasks/task.js';
import type { Hook } from './hooks.js';
import { createModel, createParts, disposeParts } from './parts.js';
import { type ResumePoint, resumePoint } from './resume.js';
import { modelConfig, objectiveOf, openData, planRun, type RunData, type RunPlan } from './setup.js';
import { openStyle, type RunStyle } from './style.js';
import { checkWindows } from './validate-windows.js';

export interface TrainOptions {
  /** Folder of the run, for checkpoints; a run that is there goes on. Without it nothing is written. */
  readonly out?: string;
  /** Begin anew: checkpoints in `out` are removed. */
  readonly restart?: boolean;
  readonly hooks?: readonly Hook[];
  /** Stops the run after a checkpoint. */
  readonly signal?: AbortSignal;
  /** A network of one's own instead of the recipe's; the run disposes it. */
  readonly model?: (classes: number) => Network;
  /** This process among several that train together. */
  readonly cluster?: Cluster;
}

/** Everything that a run holds open. */
export interface OpenRun {
  readonly parsed: ParsedRecipe;
  readonly engine: Engine;
  readonly data: RunData;
  readonly objective: Objective;
  readonly plan: RunPlan;
  readonly style: RunStyle | undefined;
  readonly precision: 'auto' | 'fp32' | 'bf16';
  readonly resume: ResumePoint | undefined;
  readonly notices: readonly string[];
  readonly rank: number;
  readonly world: number;
  /** Replaced when a hook shrinks the network. */
  parts: TrainedParts;
  close(): Promise<void>;
}

/** Opens engine, data and network of a recipe, and takes up the last checkpoint in `out`. Who opens it closes it. */
export async function openRun(parsed: ParsedRecipe, options: TrainOptions): Promise<OpenRun> {
  const { recipe } = parsed;
  const { out, signal, cluster } = options;
  const rank = cluster?.rank ?? 0;
  const world = cluster?.tasks.length ?? 1;
  if (recipe.batch.size % (world * recipe.batch.accumulate) !== 0) {
    throw new UsageError(
      `Expected batch.size to be a multiple of ${world} processes times batch.accumulate ${recipe.batch.accumulate} but it is ${recipe.batch.size}.`,
    );
  }
  if (recipe.search !== undefined)
    throw new UsageError('Expected a recipe without search to train by: run it with `cuemix search`.');
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const notices: string[] = [];
    const engine = await openEngine({
      onNotice: (line) => notices.push(line),
      ...(recipe.threads !== undefined && { threads: recipe.threads }),
      ...(cluster && { cluster }),
    });
    if (out !== undefined && rank === 0) closers.push(await claim(out, options));
    const resume =
      out === undefined ? undefined : await resumePoint(out, recipe, (line) => notices.push(line));
    const data = await openData(parsed, signal);
    closers.push(data.close);
    const objective = objectiveOf(parsed, data.classes);
    if (data.validation) checkWindows(recipe, objective, data.validation);
    const plan = planRun(recipe, data.train.length);
    const precision = resume?.state.precision ?? recipe.precision;
    const style = await openStyle(parsed, precision, signal);
    closers.push(() => style?.dispose());
    const config = (resume && (await checkpointConfig(resume.path))) ?? modelConfig(recipe, objective);
    const model = options.model
      ? options.model(objective.classes)
      : await createModel(recipe, config, { classes: data.classes, ...(signal && { signal }) });
    const run: OpenRun = {
      ...{ parsed, engine, data, objective, plan, style, precision, resume, notices, rank, world, close },
      parts: createParts(recipe, model),
    };
    closers.push(() => disposeParts(run.parts));
    if (resume) await restoreCheckpoint(resume.path, run.parts);
    return run;
  } catch (error) {
    await close();
    throw error;
  }
}

/** Makes this process the only writer of the run's folder and clears up after killed ones. */
async function claim(out: string, { restart, signal }: TrainOptions): Promise<() => Promise<void>> {
  const lock: Lock = await lockFolder(out, { ...(signal && { signal }) });
  const folder = join(out, CHECKPOINTS);
  if (restart === true) await rm(folder, { recursive: true, force: true });
  await sweepTemporary(out);
  await sweepTemporary(folder);
  return () => lock.release();
}
