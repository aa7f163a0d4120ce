import pLimit from 'p-limit';
import { canonicalJson } from '../../core/hash.js';
import type { GroupRecord } from '../dataset/manifest.js';
import { packShard } from '../dataset/shard.js';
import { shardPath, type Workspace } from '../dataset/workspace.js';
import type { Picture } from '../painting/painter.js';
import { cropPicture, padPicture, paintedSize } from '../plan/bucket.js';
import type { PlannedGroup } from '../plan/plan.js';
import { type OpenGroup, type Prepared, prepareOutput, styleCache, writeOutput } from './outputs.js';
import { abortable, ahead, SideWork } from './pipeline.js';
import type { Production } from './production.js';

const DECODE_AHEAD = 2; // batches

interface Batch<Style, Content> {
  readonly group: OpenGroup;
  readonly prepared: readonly Prepared<Style, Content>[];
  readonly refused: number;
  readonly last: boolean;
}

/**
 * Makes and commits `groups`, in order. Decoding the next batches, painting, and encoding, writing and committing the
 * last ones go on at the same time; what is painted together is decided by the plan alone.
 */
export async function produceGroups<Style, Content extends Picture>(
  production: Production<Style, Content>,
  groups: readonly PlannedGroup[],
): Promise<void> {
  const { signal, workers, recipe } = production;
  const limit = pLimit(workers);
  const writing = new SideWork();
  const committing = new SideWork();
  let written: Promise<void>[] = [];
  try {
    for await (const batch of ahead(batches(production, groups, limit, writing), DECODE_AHEAD)) {
      signal?.throwIfAborted();
      const painted = await abortable(paint(production, batch.prepared), signal);
      for (const [row, item] of batch.prepared.entries()) {
        const work = limit(async () => {
          signal?.throwIfAborted();
          await writeOutput(production, batch.group, item, painted[row]!);
          production.onOutputs?.(1, 0);
        });
        written.push(work);
        writing.add(work);
      }
      if (batch.refused > 0) production.onOutputs?.(0, batch.refused);
      if (batch.last) {
        const all = written;
        written = [];
        await committing.drain(0);
        committing.add(Promise.all(all).then(() => commitGroup(production, batch.group)));
      }
      committing.check();
      await writing.drain(2 * recipe.batch);
    }
    await committing.drain(0);
  } finally {
    await Promise.all([writing.quiet(), committing.quiet()]);
  }
}

function* batches<Style, Content extends Picture>(
  production: Production<Style, Content>,
  groups: readonly PlannedGroup[],
  limit: ReturnType<typeof pLimit>,
  beside: SideWork,
): Generator<() => Promise<Batch<Style, Content>>> {
  const styles = styleCache(production, limit);
  for (const planned of groups) {
    let opening: Promise<OpenGroup> | undefined;
    for (const [place, places] of planned.batches.entries()) {
      yield async () => {
        if (opening === undefined) {
          opening = openGroup(production, planned);
          beside.add(opening.then(() => undefined)); // it writes: nobody may leave before it is done
        }
        const group = await opening;
        const outputs = places.map((index) => planned.outputs[index]!);
        const all = await Promise.all(
          outputs.map((output) => prepareOutput(production, styles, limit, group, output)),
        );
        const prepared = all.filter((item) => item !== undefined);
        const last = place === planned.batches.length - 1;
        return { group, prepared, refused: all.length - prepared.length, last };
      };
    }
  }
}

async function openGroup(
  { workspace }: { readonly workspace: Workspace },
  planned: PlannedGroup,
): Promise<OpenGroup> {
  return { planned, folder: await workspace.begin(planned.index), entries: [], refusals: [], previews: [] };
}

async function paint<Style, Content extends Picture>(
  { painter, recipe, signal }: Production<Style, Content>,
  items: readonly Prepared<Style, Content>[],
): Promise<Content[]> {
  const first = items[0]?.output;
  if (first === undefined) return [];
  const { width, height } = paintedSize(recipe, first);
  const painted = await painter.paint(
    items.map(({ content }) => padPicture(content, width, height)),
    items.map(({ style }) => style),
    first.alpha, // one for the whole batch, by the plan
    signal,
  );
  return painted.map((picture, row) =>
    cropPicture(picture, items[row]!.output.width, items[row]!.output.height),
  );
}

async function commitGroup(
  { workspace, recipe, beforeCommit }: Pick<Production<unknown>, 'workspace' | 'recipe' | 'beforeCommit'>,
  group: OpenGroup,
): Promise<void> {
  const { index } = group.planned;
  // In the order of the plan, not in that of the writing.
  const entries = group.entries.toSorted((a, b) => a.index - b.index);
  const previews = group.previews.toSorted((a, b) => a.index - b.index);
  const refusals = group.refusals.toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
  const record: GroupRecord = { group: index, entries, refusals, previews };
  const shard =
    recipe.format === 'tar' && entries.length > 0
      ? { shard: await packShard(group.folder, entries, shardPath(index)) }
      : {};
  await beforeCommit?.();
  await workspace.commit({ ...record, ...shard });
}
