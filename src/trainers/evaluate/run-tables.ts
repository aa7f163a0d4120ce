import { basename } from 'node:path';
import { DatasetError, UsageError } from '../../core/errors.js';
import { IMAGENET_A_CLASSES } from '../imagenet-a.js';
import { type Outcome, outcomeOf } from './classification/outcome.js';
import { classificationScores } from './classification/scores.js';
import { isImagenetA, linkCategories, linkClasses, outputNames } from './imagenet/link.js';
import type { EvaluateOptions } from './options.js';
import type { DecisionRecord, EvaluationTest } from './result.js';
import type { LabelledSet, OpenSet } from './sets.js';
import { decideCategory } from './shape-bias/decide.js';
import { type CueDecision, shapeBias } from './shape-bias/score.js';
import { type Cues, cuesOf, stimulusOf } from './shape-bias/stimulus.js';
import { type ClassDecision, type DecisionTable, UNANSWERED } from './tables/decisions.js';
import type { LogitTable } from './tables/logit-table.js';

const NOTHING_REFUSED = { count: 0, first: [] } as const;

/** A test of one observer of a table. */
export interface TableTest {
  readonly observer: string;
  readonly test: EvaluationTest;
  readonly decisions: DecisionRecord['rows'];
}

type CueSet = OpenSet & { readonly kind: 'cue-conflict' };

/** Scores each observer of a table of decisions; with a set of stimuli, only decisions on those count. */
export function runDecisions(
  table: DecisionTable,
  sets: readonly OpenSet[],
  options: EvaluateOptions,
): TableTest[] {
  const set = sets.find((one): one is CueSet => one.kind === 'cue-conflict');
  return table.observers.map((observer) => {
    if (table.kind === 'classes')
      return scoreClasses(
        observer,
        table.path,
        table.rows.filter((row) => row.observer === observer),
        options,
      );
    const rows = table.rows.filter((row) => row.observer === observer);
    const odd = table.observers.length === 1 ? table.odd : [];
    return scoreCues(observer, table.path, rows, set, options, odd);
  });
}

function scoreCues(
  observer: string,
  path: string,
  rows: readonly CueDecision[],
  set: CueSet | undefined,
  options: EvaluateOptions,
  odd: DecisionTable['odd'] = [],
): TableTest {
  const wanted = set && new Set([...set.data.items.values()].map(({ stimulus }) => stimulus));
  const decisions = wanted === undefined ? rows : rows.filter(({ stimulus }) => wanted.has(stimulus));
  if (decisions.length === 0)
    throw new DatasetError(
      'E_EMPTY',
      `Expected decisions of ${observer} in ${path} on the stimuli of ${set?.path} but there are none.`,
    );
  const decided = new Set(decisions.map(({ stimulus }) => stimulus));
  const test: EvaluationTest = {
    kind: 'shape-bias',
    name: 'cue-conflict',
    data: set?.path ?? path,
    protocol:
      'Shape bias of Geirhos et al. 2019 from decisions: pictures whose shape and texture agree left out; shape / (shape + texture) decisions, pooled.',
    refused: NOTHING_REFUSED,
    scores: shapeBias(decisions, options),
    missing: wanted === undefined ? 0 : [...wanted].filter((name) => !decided.has(name)).length,
    foreign: rows.length - decisions.length,
    unanswered: decisions.filter(({ decision }) => decision === UNANSWERED).length,
    odd,
  };
  return { observer, test, decisions };
}

function scoreClasses(
  observer: string,
  path: string,
  rows: readonly ClassDecision[],
  options: EvaluateOptions,
): TableTest {
  const classes = [...new Set(rows.map(({ label }) => label))].sort();
  const outcomes = rows.map(({ id, label, decision }): Outcome => {
    const [truth, predicted] = [classes.indexOf(label), classes.indexOf(decision)];
    return {
      id,
      label: truth,
      predicted,
      rank: truth === predicted ? 0 : classes.length,
      confidence: 0,
      loss: 0,
      brier: 0,
    };
  });
  const test: EvaluationTest = {
    kind: 'classification',
    name: 'clean',
    data: path,
    protocol: 'Decisions as the table gives them.',
    refused: NOTHING_REFUSED,
    classes,
    scores: classificationScores(outcomes, classes, { ...options, probabilities: false }),
  };
  return { observer, test, decisions: rows };
}

/** Scores a table of logits on every set that it fits; without a set by the labels or names in the table. */
export function runLogits(
  table: LogitTable,
  sets: readonly OpenSet[],
  classNames: readonly string[] | undefined,
  options: EvaluateOptions,
): TableTest[] {
  const observer = basename(table.path).replace(/\.[^.]+$/, '');
  const network = { name: table.path, classes: table.classes, classNames: classNames ?? table.names };
  const row = (at: number) => table.data.subarray(at * table.classes, (at + 1) * table.classes);
  const set = sets.find((one): one is CueSet | LabelledSet => one.kind !== 'imagenet-c');
  if (set === undefined && sets.length > 0)
    throw new UsageError(
      `Expected pictures to go with ${table.path} but ${sets[0]!.path} has the layout of ImageNet-C: give the folder of one corruption and severity.`,
    );
  if (set?.kind === 'cue-conflict') {
    const items = [...set.data.items].map(([id, item]) => ({ id, ...item }));
    return [
      cueLogits(
        items.map(({ id, stimulus }) => ({ id, key: stimulus })),
        (at) => items[at]!,
        set,
      ),
    ];
  }
  if (set === undefined && table.ids !== undefined && table.labels === undefined) {
    const cues = table.ids.map(cuesOf);
    if (cues.every((one) => one !== undefined))
      return [
        cueLogits(
          table.ids.map((id) => ({ id, key: stimulusOf(id) })),
          (at) => ({ ...cues[at]!, stimulus: stimulusOf(table.ids![at]!) }),
          undefined,
        ),
      ];
  }
  return [classLogits()];

  function cueLogits(
    pictures: readonly Picture[],
    cuesAt: (at: number) => Cues & { readonly stimulus: string },
    cueSet: CueSet | undefined,
  ): TableTest {
    const names = [...new Set(pictures.flatMap((_, at) => [cuesAt(at).shape, cuesAt(at).texture]))].sort();
    const categories = linkCategories(network, names);
    const decisions = matchRows(table, pictures).map(
      (at, place): CueDecision => ({
        observer,
        ...cuesAt(place),
        decision: decideCategory(row(at), categories),
      }),
    );
    return scoreCues(observer, table.path, decisions, cueSet, options);
  }

  function classLogits(): TableTest {
    const labelledSet = set as LabelledSet | undefined;
    const known = labelledSet === undefined ? undefined : listed(labelledSet);
    const names = outputNames(network) ?? Array.from({ length: table.classes }, (_, at) => String(at));
    const classes = labelledSet?.classes ?? labelsOf(table, names);
    const isA = labelledSet ? labelledSet.kind === 'imagenet-a' : isImagenetA(classes, IMAGENET_A_CLASSES);
    const link =
      labelledSet === undefined
        ? { indices: classes.map((name) => names.indexOf(name)), restrict: options.restrict === true || isA }
        : linkClasses(network, classes, options.restrict === true || isA);
    const pictures =
      known ??
      Array.from({ length: table.rows }, (_, at) => ({ id: table.ids?.[at] ?? String(at), key: '' }));
    const rows = known === undefined ? pictures.map((_, at) => at) : matchRows(table, known);
    const outcomes = rows.map((at, place) => {
      const label = known?.[place]?.classId ?? classes.indexOf(nameOf(table.labels?.[at] ?? '', names));
      return outcomeOf(pictures[place]!.id, label, row(at), link);
    });
    const test: EvaluationTest = {
      kind: 'classification',
      name: isA ? 'imagenet-a' : 'clean',
      data: labelledSet?.path ?? table.path,
      protocol: `Logits as the file gives them${table.probabilities ? ' (as probabilities)' : ''}, most probable among ${link.restrict ? `the ${classes.length} classes of the data` : `all ${table.classes} classes`}.`,
      refused: NOTHING_REFUSED,
      classes,
      scores: classificationScores(outcomes, classes, options),
    };
    const decisions = outcomes.map(({ id, label, predicted }) => ({
      observer,
      id,
      label: classes[label]!,
      decision: classes[predicted] ?? 'other',
    }));
    return { observer, test, decisions };
  }
}

/** A picture of the data: its name, the name that tables use, its class. */
interface Picture {
  readonly id: string;
  readonly key: string;
  readonly classId?: number;
}

function listed({ dataset, path }: LabelledSet): Picture[] {
  const { entry } = dataset;
  if (entry === undefined)
    throw new UsageError(
      `Expected a folder or a manifest to go with logits but ${path} does not list its pictures.`,
    );
  return Array.from({ length: dataset.length }, (_, index) => {
    const { id, label } = entry.call(dataset, index);
    const classId = label?.[0]?.classId;
    if (classId === undefined)
      throw new DatasetError('E_LABEL', `Expected a class for ${id} of ${path} but it has none.`);
    return { id, key: basename(id), classId };
  });
}

/** The row of the table for each picture: by name where the table has names, else in order. */
function matchRows({ path, rows, ids }: LogitTable, pictures: readonly Picture[]): number[] {
  if (ids === undefined) {
    if (rows === pictures.length) return pictures.map((_, at) => at);
    throw new DatasetError(
      'E_CLASSES',
      `Expected one row for each of ${pictures.length} pictures in ${path} but it has ${rows}; rows without names must be in the order of the sorted paths.`,
    );
  }
  const places = new Map<string, number>();
  ids.forEach((id, row) => {
    for (const name of new Set([id, stimulusOf(id)])) {
      const earlier = places.get(name);
      if (earlier !== undefined && name === id)
        throw new DatasetError('E_DUPLICATE', `Row ${row} of ${path}: ${id} was in row ${earlier} already.`);
      places.set(name, row);
    }
  });
  return pictures.map(({ id, key }) => {
    const row = places.get(id) ?? places.get(key) ?? places.get(stimulusOf(id));
    if (row === undefined)
      throw new DatasetError('E_MISSING', `Expected a row for ${id} in ${path} but there is none.`);
    return row;
  });
}

/** A label as a class name: a name, or a class number. */
function nameOf(label: string, names: readonly string[]): string {
  return names.includes(label) ? label : (names[/^\d+$/.test(label) ? Number(label) : -1] ?? label);
}

function labelsOf({ path, labels }: LogitTable, names: readonly string[]): readonly string[] {
  if (labels === undefined)
    throw new UsageError(
      `Expected the pictures that ${path} is about, or their classes in an array or column "labels".`,
    );
  const found = labels.map((label) => nameOf(label, names));
  const wrong = found.findIndex((name) => !names.includes(name));
  if (wrong >= 0)
    throw new DatasetError(
      'E_LABEL',
      `Row ${wrong} of ${path}, column "label": expected one of ${names.length} classes such as ${names.slice(0, 3).join(', ')} but received ${JSON.stringify(labels[wrong])}.`,
    );
  const used = new Set(found);
  return names.filter((name) => used.has(name));
}
