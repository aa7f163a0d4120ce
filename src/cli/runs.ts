import type { Command } from 'commander';
import { UsageError } from '../core/errors.js';
import type { RunSummary } from '../trainers/logs/runs.js';
import { summariseRuns } from '../trainers/logs/runs.js';
import { formatDuration, formatRate } from './support/format.js';
import { expectPaths } from './support/paths.js';
import { withSession } from './support/session.js';
import { table } from './support/table.js';

const MOST_METRICS = 4;

/** `cuemix runs`: what trainings came to, side by side. */
export function register(command: Command): void {
  command
    .description(
      'Compare the runs of cuemix train in a folder: state, loss, the best validation, time, throughput.',
    )
    .argument('[dir]', 'folder of runs, or one run', 'runs')
    .addHelpText('after', '\nExample:\n  cuemix runs runs --json')
    .action(
      withSession(async (session, [folder]) => {
        await expectPaths({ '[dir]': folder });
        const runs = await summariseRuns(folder ?? 'runs');
        if (runs.length === 0)
          throw new UsageError(`Expected runs of cuemix train in ${folder} but found none.`);
        session.result(runs, listing(runs));
      }),
    );
}

function listing(runs: readonly RunSummary[]): string {
  const names = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))].slice(0, MOST_METRICS);
  const rows = runs.map(
    ({ name, state, epochs, steps, loss, metrics, bestEpoch, seconds, samplesPerSecond }) => [
      name,
      state,
      String(epochs),
      String(steps),
      loss?.toFixed(4) ?? '',
      ...names.map((key) => metrics[key]?.toFixed(4) ?? ''),
      bestEpoch === undefined ? '' : String(bestEpoch + 1),
      formatDuration(seconds),
      samplesPerSecond === undefined ? '' : formatRate(samplesPerSecond),
    ],
  );
  const validation = names.map((name) => `validation ${name}`);
  const head = ['run', 'state', 'epochs', 'steps', 'loss', ...validation, 'best epoch', 'time', 'samples'];
  return table(head, rows, head.map((_, at) => at).slice(2));
}
