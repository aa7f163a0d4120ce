import type { Command } from 'commander';
import { printable } from '../core/errors.js';
import { counted } from '../core/plural.js';
import { type Inspection, inspect } from '../datasets/inspect.js';
import { openDataset } from '../datasets/open.js';
import { ExitCode } from './support/exit.js';
import { expectPaths } from './support/paths.js';
import { withSession } from './support/session.js';

const SHOWN = 20;

/** `cuemix inspect`: exit code 1 when a sample cannot be read. */
export function register(command: Command): void {
  command
    .description(
      'Read every sample of a dataset and tell what is in it: classes, sizes, formats, files that cannot be read and ' +
        'duplicates. Data is a folder of pictures or videos, a list (.csv, .jsonl), tar shards (also {000..099} and http), Parquet ' +
        'tables, or a prepared folder. Ends with code 1 when a sample cannot be read.',
    )
    .argument('<data>', 'the dataset')
    .addHelpText(
      'after',
      '\nExamples:\n  cuemix inspect photos\n  cuemix inspect "shards/train-{000..009}.tar" --json',
    )
    .action(
      withSession(async (session, [path = '']) => {
        const { signal } = session;
        await expectPaths({ '<data>': path });
        const dataset = await openDataset(path, { signal });
        const bar = session.progress({ label: 'reading', total: dataset.length, unit: 'samples' });
        try {
          const found = await inspect(dataset, { signal, onProgress: (done) => bar.update(done) });
          bar.stop();
          session.result(found, describe(found));
          return found.corrupt.length > 0 ? ExitCode.failed : ExitCode.ok;
        } finally {
          bar.stop();
          await dataset.close?.();
        }
      }),
    );
}

/** An inspection for people. */
function describe({ samples, classes, formats, width, height, corrupt, duplicates }: Inspection): string {
  const range = ([least, middle, most]: readonly [number, number, number]) =>
    `${least} to ${most}, middle ${middle}`;
  const sizes = (classes ?? []).map((one) => one.samples);
  const kinds = Object.entries(formats).map(([format, count]) => `${count} ${format}`);
  const lines = [
    `${counted(samples, 'sample')}${classes ? ` of ${counted(classes.length, 'class', 'classes')}, ${Math.min(...sizes)} to ${Math.max(...sizes)} each` : ''}`,
    ...(kinds.length > 0 ? [`formats: ${kinds.join(', ')}`] : []),
    ...(corrupt.length < samples ? [`width: ${range(width)}; height: ${range(height)} pixels`] : []),
    `${corrupt.length} cannot be read, ${counted(duplicates.length, 'group')} of duplicates`,
    ...shorten(together(corrupt.map(({ code, message }) => `${code}: ${message}`))),
    ...shorten(duplicates.map((ids) => `same: ${printable(ids.join(', ')).replaceAll('\n', '\\n')}`)),
  ];
  return lines.join('\n');
}

/** Each line once, with how often it came: a cut shard has one reason for all its samples. */
function together(lines: readonly string[]): readonly string[] {
  const times = new Map<string, number>();
  for (const line of lines) times.set(line, (times.get(line) ?? 0) + 1);
  return [...times].map(([line, count]) => (count === 1 ? line : `${line} (${count} samples)`));
}

function shorten(lines: readonly string[]): readonly string[] {
  return lines.length > SHOWN ? [...lines.slice(0, SHOWN), `… and ${lines.length - SHOWN} more.`] : lines;
}
