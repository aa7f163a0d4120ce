import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DATASET_FILE, type DatasetHead, finishDataset, TOP_FILES } from './dataset/finish.js';
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
import {
  type GenerateHooks,
  type GenerateOptions,
  type GenerateProgress,
  type GenerateSummary,
  type Prospect,
  workersOf,
} from './options.js';
import type { Painter, Picture } from './painting/painter.js';
import type { ScanMemory } from './plan/scan-memory.js';
import type { Medium } from './produce/medium.js';
import { produceGroups } from './produce/produce.js';
import { versionsNow } from './versions.js';

/** One run of a generation, planned. */
export interface Run<Content extends Picture> {
  readonly options: GenerateOptions;
  readonly hooks: GenerateHooks;
  readonly prospect: Prospect;
  readonly memory: ScanMemory;
  readonly painter: Painter<unknown, Content>;
  readonly medium: Medium<Content>;
  readonly root: string;
  readonly assertHeld: () => Promise<void>;
}

/** Makes what is missing of a planned dataset; the folder's lock is held. `start` is when the run began. */
export async function complete<Content extends Picture>(
  run: Run<Content>,
  start: number,
): Promise<GenerateSummary> {
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
  await run.memory.write(root);
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

/** Takes a finished dataset with missing files back to the unfinished state; gives its refusals. */
async function reopen(workspace: Workspace, dataset: Dataset): Promise<Refusal[]> {
  const refusals = await refusalsOf(workspace.root);
  for await (const record of recordsOf(workspace.root, dataset)) {
    if (await isInPlace(workspace.root, record)) await workspace.adopt(record);
  }
  await rm(join(workspace.root, DATASET_FILE));
  return refusals;
}

function times(start: number, stylizing = performance.now()) {
  const now = performance.now();
  return { seconds: (now - start) / 1000, stylizeSeconds: (now - stylizing) / 1000 };
}
