import type { Command } from 'commander';
import { UsageError } from '../core/errors.js';
import { countModel, MODELS, type ModelEntry } from '../models/registry.js';
import { closest } from '../trainers/recipe/schema-walk.js';
import { withSession } from './support/session.js';
import { formatCount, table } from './support/table.js';

/** `cuemix models`: what can be built by name. */
export function register(command: Command): void {
  command
    .description(
      'List the networks that can be built by name, with their parameters and multiply-accumulates.',
    )
    .argument('[text]', 'only names that contain this')
    .addHelpText('after', '\nExamples:\n  cuemix models\n  cuemix models cakes --json')
    .action(
      withSession(async (session, [text = '']) => {
        const rows = MODELS.filter(({ name }) => name.includes(text)).map(describe);
        if (rows.length === 0) throw nothing(text);
        session.result(rows, listing(rows));
      }),
    );
}

function nothing(text: string): UsageError {
  const names = MODELS.map(({ name }) => name);
  const near = closest(text, names);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return new UsageError(
    `Expected part of a model's name but no name contains ${JSON.stringify(text)}.${hint} There are: ${names.join(', ')}.`,
  );
}

interface Row extends Pick<ModelEntry, 'name' | 'summary' | 'config' | 'claim' | 'source'> {
  readonly params: number;
  readonly macs: number;
  readonly inputShape: readonly number[];
}

function describe(entry: ModelEntry): Row {
  const { params, macs, inputShape } = countModel(entry.config);
  return { ...entry, params, macs, inputShape };
}

function listing(rows: readonly Row[]): string {
  const lines = rows.map(({ name, params, macs, inputShape, summary }) => [
    name,
    formatCount(params),
    formatCount(macs),
    inputShape.join('x'),
    summary,
  ]);
  return table(['model', 'params', 'MACs', 'input', ''], lines, [1, 2]);
}
