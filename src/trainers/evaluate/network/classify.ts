import { DatasetError } from '../../../core/errors.js';
import type { Dataset } from '../../../datasets/dataset.js';
import type { Refusal } from '../../../datasets/stream/job.js';
import { type ClassLink, expectFinite, type Outcome, outcomeOf } from '../classification/outcome.js';
import type { CueData } from '../data/cues.js';
import { decideCategory } from '../shape-bias/decide.js';
import type { CueDecision } from '../shape-bias/score.js';
import type { CategoryMap } from '../shape-bias/sixteen.js';
import type { Network } from './network.js';
import { type PredictOptions, predict } from './predict.js';

/** A picture that could not be read. */
export interface RefusedPicture {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/** Told the logits of every picture, for those who want to keep them. */
export type LogitSink = (id: string, logits: Float32Array) => void;

/** Classifies every picture of a set whose classes are linked to the network's. Pictures that cannot be read are listed. */
export async function classify(
  network: Network,
  dataset: Dataset,
  link: ClassLink,
  options: PredictOptions & { readonly onLogits?: LogitSink | undefined },
): Promise<{ readonly outcomes: readonly Outcome[]; readonly refused: readonly RefusedPicture[] }> {
  const outcomes: Outcome[] = [];
  const refused: RefusedPicture[] = [];
  const keep = (refusals: readonly Refusal[]) => refused.push(...refusals.map(pictureOf));
  for await (const { batch, logits } of predict(network, dataset, options, keep)) {
    batch.ids.forEach((id, row) => {
      const values = logits.subarray(row * network.classes, (row + 1) * network.classes);
      options.onLogits?.(id, values);
      outcomes.push(outcomeOf(id, labelOf(batch.labels[row], id, link.indices.length), values, link));
    });
  }
  return { outcomes, refused };
}

/** What a network takes cue-conflict pictures for. */
export async function decideCues(
  network: Network,
  data: CueData,
  categories: CategoryMap,
  options: PredictOptions & { readonly onLogits?: LogitSink | undefined },
): Promise<{ readonly decisions: readonly CueDecision[]; readonly refused: readonly RefusedPicture[] }> {
  const decisions: CueDecision[] = [];
  const refused: RefusedPicture[] = [];
  const keep = (refusals: readonly Refusal[]) => refused.push(...refusals.map(pictureOf));
  for await (const { batch, logits } of predict(network, data.dataset, options, keep)) {
    batch.ids.forEach((id, row) => {
      const item = data.items.get(id);
      if (item === undefined)
        throw new DatasetError(
          'E_MISSING',
          `Expected shape and texture of ${id} in ${data.path} but they are not told.`,
        );
      const values = logits.subarray(row * network.classes, (row + 1) * network.classes);
      expectFinite(id, values);
      options.onLogits?.(item.stimulus, values);
      decisions.push({ observer: network.name, ...item, decision: decideCategory(values, categories) });
    });
  }
  return { decisions, refused };
}

function labelOf(
  label: readonly { readonly classId: number }[] | undefined,
  id: string,
  classes: number,
): number {
  const classId = label?.[0]?.classId;
  if (label?.length === 1 && classId !== undefined && classId < classes) return classId;
  throw new DatasetError(
    'E_LABEL',
    `Expected one class from 0 to ${classes - 1} for ${id} but it has ${classId ?? 'none'}.`,
  );
}

function pictureOf({ id = '?', code, message }: Refusal): RefusedPicture {
  return { id, code, message };
}
