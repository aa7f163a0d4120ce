import type { Evaluation, EvaluationTest, ModelEvaluation } from '../trainers/evaluate/result.js';
import type { Estimate } from '../trainers/evaluate/statistics/bootstrap.js';
import { table } from './support/table.js';

const PERCENT = 100;

/** `23.7 (17.0 to 30.5)`: a share in per cent with its interval; `-` where it is not defined. */
function percent({ value, low, high }: Estimate): string {
  if (value === null) return '-';
  const text = (share: number) => (PERCENT * share).toFixed(1);
  return low === null || high === null ? text(value) : `${text(value)} (${text(low)} to ${text(high)})`;
}

/** The result for people: one table for each kind of test, models as rows, and the protocols below. */
export function describeEvaluation(evaluation: Evaluation): string {
  const tests = evaluation.models.flatMap((model) => model.tests.map((test) => ({ model, test })));
  const precisions = evaluation.models.flatMap(({ network }) => (network ? [network.precision] : []));
  const computed =
    precisions.length > 0 ? `; networks computed in ${[...new Set(precisions)].join(' and ')}` : '';
  const parts = [
    classification(tests),
    shapeBias(tests, evaluation),
    corruptions(tests),
    protocols(tests.map(({ test }) => test)),
    `Per cent, with ${PERCENT * evaluation.intervals.level} % bootstrap intervals (${evaluation.intervals.replicates} resamples, seed ${evaluation.intervals.seed})${computed}.`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

interface Row {
  readonly model: ModelEvaluation;
  readonly test: EvaluationTest;
}

function classification(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ model, test }) => {
    if (test.kind !== 'classification') return [];
    const { n, top1, top5, meanPerClass, calibration } = test.scores;
    return [
      [
        model.name,
        test.name,
        String(n),
        percent(top1),
        top5 === undefined ? '-' : percent(top5),
        (PERCENT * meanPerClass).toFixed(1),
        calibration === undefined ? '-' : percent(calibration.ece),
      ],
    ];
  });
  if (lines.length === 0) return '';
  return table(
    ['model', 'test', 'pictures', 'top-1', 'top-5', 'mean of classes', 'ECE'],
    lines,
    [2, 3, 4, 5, 6],
  );
}

function shapeBias(rows: readonly Row[], { humans }: Evaluation): string {
  const lines = rows.flatMap(({ model, test }) => {
    if (test.kind !== 'shape-bias') return [];
    const { conflictRows, shapeBias: bias, coverage, shapeDecisions, textureDecisions } = test.scores;
    return [
      [
        test.name.endsWith('(aux)') ? `${model.name} (aux)` : model.name,
        String(conflictRows),
        percent(bias),
        percent(coverage),
        String(shapeDecisions),
        String(textureDecisions),
        test.humans === undefined ? '-' : test.humans.kappa.toFixed(3),
      ],
    ];
  });
  if (lines.length === 0) return '';
  if (humans !== undefined) {
    const { conflictRows, shapeBias: bias, coverage, shapeDecisions, textureDecisions } = humans.pooled;
    lines.push([
      `${humans.observers.length} people`,
      String(conflictRows),
      percent(bias),
      percent(coverage),
      String(shapeDecisions),
      String(textureDecisions),
      humans.kappa === null ? '-' : humans.kappa.toFixed(3),
    ]);
  }
  return table(
    ['model', 'conflicts', 'shape bias', 'coverage', 'shape', 'texture', 'kappa with people'],
    lines,
    [1, 2, 3, 4, 5, 6],
  );
}

function corruptions(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ model, test }) => {
    if (test.kind !== 'corruptions') return [];
    const { meanError, mce, relativeMce, cleanError, perCorruption } = test.scores;
    return [
      [
        model.name,
        test.name,
        String(Object.keys(perCorruption).length),
        cleanError === null ? '-' : (PERCENT * cleanError).toFixed(1),
        percent(meanError),
        test.comparable ? percent(mce) : '-',
        test.comparable ? percent(relativeMce) : '-',
      ],
    ];
  });
  if (lines.length === 0) return '';
  return table(
    ['model', 'test', 'corruptions', 'clean error', 'mean error', 'mCE', 'relative mCE'],
    lines,
    [2, 3, 4, 5, 6],
  );
}

function protocols(tests: readonly EvaluationTest[]): string {
  const seen = new Set(tests.map(({ name, data, protocol }) => `${name} on ${data}: ${protocol}`));
  return [...seen].join('\n');
}
