import { UsageError } from '../../core/errors.js';
import { counted } from '../../core/plural.js';
import { readClassIndex } from '../../datasets/classes.js';
import { compareWithHumans, type HumanDecisions, readHumans, scoreHumans } from './humans.js';
import { type InputKind, inputKind } from './inputs.js';
import { openNetwork } from './network/network.js';
import { describePreprocessing } from './network/preprocessing.js';
import type { EvaluateOptions } from './options.js';
import type { DecisionRecord, Evaluation, EvaluationTest, ModelEvaluation } from './result.js';
import { runNetwork } from './run-network.js';
import { runDecisions, runLogits, type TableTest } from './run-tables.js';
import { type OpenSet, openSet } from './sets.js';
import type { CueDecision } from './shape-bias/score.js';
import { readDecisions } from './tables/decisions.js';
import { readLogits } from './tables/logits.js';

/** An evaluation with the decisions behind it. */
export interface Evaluated {
  readonly evaluation: Evaluation;
  readonly decisions: readonly DecisionRecord[];
}

/**
 * Evaluates networks, decisions and logits on sets of pictures: accuracy and calibration, shape bias, robustness; with
 * people to compare with. The result is plain JSON and depends on inputs, seed and precision alone.
 * @throws UsageError for what contradicts itself; DatasetError, CheckpointError, EngineError; the signal's reason
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluated> {
  const { inputs, signal, seed = 0, replicates = 1000, level = 0.95 } = options;
  if (inputs.length === 0) throw new UsageError('Expected something to evaluate but received nothing.');
  const kinds = await Promise.all(inputs.map((path) => inputKind(path, signal)));
  const humans = options.humans === undefined ? undefined : await readHumans(options.humans, options);
  const sets: OpenSet[] = [];
  const models: ModelEvaluation[] = [];
  const decisions: DecisionRecord[] = [];
  const notices: string[] = [];
  try {
    for (const set of options.sets ?? []) sets.push(await openSet(set, options));
    if (sets.length === 0 && kinds.includes('network'))
      throw new UsageError(
        `Expected pictures to evaluate ${inputs[kinds.indexOf('network')]} on but received none.`,
      );
    for (const [at, path] of inputs.entries()) {
      signal?.throwIfAborted();
      const found = await evaluateInput(path, kinds[at]!, sets, {
        ...options,
        onNotice: (line) => notices.push(line),
      });
      for (const { model, rows } of found) {
        const name = unique(model.name, models);
        const compared = rows.map(({ test, decisions: made }) => ({
          test: withHumans(test, made, humans, options),
          made,
        }));
        models.push({ ...model, name, tests: compared.map(({ test }) => test) });
        for (const { test, made } of compared)
          if (made !== undefined) decisions.push({ model: name, test: test.name, rows: made });
      }
    }
  } finally {
    for (const set of sets) if ('dataset' in set) await set.dataset.close?.();
  }
  const evaluation: Evaluation = {
    format: 'cuemix-evaluation',
    version: 1,
    intervals: { level, replicates, seed },
    models,
    ...(humans && { humans: scoreHumans(humans, options) }),
    notices: [...notices, ...models.flatMap(noticesOf)],
  };
  return { evaluation, decisions };
}

interface Found {
  readonly model: Omit<ModelEvaluation, 'tests'>;
  readonly rows: readonly { readonly test: EvaluationTest; readonly decisions?: DecisionRecord['rows'] }[];
}

async function evaluateInput(
  path: string,
  kind: InputKind,
  sets: readonly OpenSet[],
  options: EvaluateOptions & { readonly onNotice: (line: string) => void },
): Promise<Found[]> {
  const { signal, onNotice } = options;
  if (kind === 'decisions')
    return byObserver(path, kind, runDecisions(await readDecisions(path, options), sets, options));
  if (kind === 'logits') {
    const index = options.network?.classIndex;
    const names = index === undefined ? undefined : (await readClassIndex(index)).map(({ folder }) => folder);
    return byObserver(path, kind, runLogits(await readLogits(path, signal), sets, names, options));
  }
  const network = await openNetwork(path, { onNotice, ...options.network, signal });
  try {
    const { route = 'main' } = options;
    const wanted = route === 'both' ? network.routes : [route];
    const absent = wanted.find((one) => !network.routes.includes(one));
    if (absent !== undefined)
      throw new UsageError(
        `Expected a network with auxiliary batch norm for route ${absent} but ${path} has none.`,
      );
    const rows: Found['rows'][number][] = [];
    for (const one of wanted) for await (const ran of runNetwork(network, sets, options, one)) rows.push(ran);
    const { name, config, parameters, classes, engine, preprocessing } = network;
    const about = {
      family: config.family,
      parameters,
      classes,
      engine,
      precision: network.precision ?? 'fp32',
      preprocessing: describePreprocessing(preprocessing),
    };
    return [{ model: { name, source: path, kind, network: about }, rows }];
  } finally {
    network.dispose();
  }
}

function byObserver(path: string, kind: 'decisions' | 'logits', tests: readonly TableTest[]): Found[] {
  return tests.map(({ observer, test, decisions }) => ({
    model: { name: observer, source: path, kind },
    rows: [{ test, decisions }],
  }));
}

function withHumans(
  test: EvaluationTest,
  made: DecisionRecord['rows'] | undefined,
  humans: HumanDecisions | undefined,
  options: EvaluateOptions,
): EvaluationTest {
  if (test.kind !== 'shape-bias' || humans === undefined || made === undefined) return test;
  const compared = compareWithHumans(made as readonly CueDecision[], humans, options);
  return compared === undefined ? test : { ...test, humans: compared };
}

function unique(name: string, models: readonly ModelEvaluation[]): string {
  const taken = new Set(models.map((model) => model.name));
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name} (${number})`)) number++;
  return `${name} (${number})`;
}

/** What a reader should know of a model's tests. */
function noticesOf({ name, source, tests }: ModelEvaluation): string[] {
  return tests.flatMap((test) => {
    const lines: string[] = [];
    if (test.refused.count > 0)
      lines.push(
        `${name}, ${test.name}: ${counted(test.refused.count, 'picture')} could not be read and took no part.`,
      );
    if (test.kind !== 'shape-bias') return lines;
    if (test.missing > 0) lines.push(`${name}: ${test.missing} stimuli of ${test.data} have no decision.`);
    if (test.foreign > 0)
      lines.push(
        `${name}: ${test.foreign} decisions are on stimuli that ${test.data} does not have; they take no part.`,
      );
    const [odd] = test.odd;
    if (odd !== undefined)
      lines.push(
        `${name}: ${test.odd.length} decisions are no category and count as other, first ${JSON.stringify(odd.value)} in line ${odd.line} of ${source}, column "${odd.column}".`,
      );
    return lines;
  });
}
