import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import type { ParsedRecipe } from '../trainers/recipe/parse.js';
import type { EndEvent } from '../trainers/run/events.js';
import type { TrainOptions } from '../trainers/run/open-run.js';
import { parseOptions } from './support/options.js';
import { expectOut } from './support/out.js';
import { expectPaths } from './support/paths.js';
import type { Progress } from './support/progress.js';
import { type Session, withSession } from './support/session.js';
import { describeEvent, describeProspect, describeStep } from './train-text.js';

const Options = z.object({
  out: z.string().min(1).optional(),
  set: z.array(z.string()).default([]),
  dryRun: z.boolean().default(false),
  restart: z.boolean().default(false),
  processes: z.coerce.number().int().min(1).max(1024).default(1),
  hosts: z.string().optional(),
  host: z.coerce.number().int().min(0).default(0),
});

const clusterSchema = z.object({ tasks: z.array(z.string()).min(1), rank: z.int().min(0) });

/** Milliseconds to wait for the other hosts. */
const HOST_PATIENCE = 600_000;

/** `cuemix train recipe.yaml`. */
export function register(command: Command): void {
  command
    .description(
      'Train a network by a recipe. OUT gets checkpoints, logs (JSONL, CSV, TensorBoard) and a report; the same command ' +
        'goes on where a stopped or killed run stood. docs/training.md tells what a recipe may say.',
    )
    .argument('<recipe>', 'a YAML file')
    .option('--out <dir>', 'folder of the run; runs/<name of the recipe> unless told')
    .option('--set <key=value...>', 'change the recipe, such as epochs=5 or data.train.source=photos')
    .option('--dry-run', 'check everything and tell what training would take, without training')
    .option('--restart', 'begin anew where OUT holds a run')
    .option('--processes <n>', 'processes of this host that share each batch', '1')
    .option('--hosts <list>', 'host:port of every host that takes part, the first one leading')
    .option('--host <n>', 'which of the hosts this one is, from 0', '0')
    .addHelpText(
      'after',
      '\nExamples:\n  cuemix train recipe.yaml --dry-run\n  cuemix train recipe.yaml --set epochs=5 batch.size=32 --out runs/small',
    )
    .action(
      withSession(async (session, [file = ''], raw) => {
        const { set, dryRun, restart, ...given } = parseOptions(Options, raw);
        const { signal } = session;
        await expectPaths({ '<recipe>': file });
        const { readRecipe } = await import('../trainers/recipe/index.js');
        const parsed = await readRecipe(file, set);
        if (dryRun) {
          const { prospect } = await import('../trainers/run/prospect.js');
          const found = await prospect(parsed, signal);
          session.result({ recipe: parsed.recipe, ...found }, describeProspect(found));
          return;
        }
        const out = given.out ?? join('runs', basename(file).replace(/\.(ya?ml|json)$/i, ''));
        await expectOut(out, ['recipe.yaml', 'checkpoints', 'events.jsonl']);
        const cluster = process.env.CUEMIX_CLUSTER;
        if (cluster === undefined && (given.processes > 1 || given.hosts !== undefined)) {
          await launchAll(session, given);
          return;
        }
        const member = cluster === undefined ? {} : { cluster: clusterSchema.parse(JSON.parse(cluster)) };
        const end = await runAndTell(session, parsed, { out, restart, ...member, signal });
        if (end === undefined) return; // another process tells
        const { reason, step: steps, metrics } = end;
        const summary = { out, reason, steps, metrics };
        const text = `${out}: ${steps} steps, ${reason}. Report: ${join(out, 'report.html')}`;
        session.result(summary, text);
      }),
    );
}

/** Trains, with a progress line and a line per epoch, and renews the report after each. */
async function runAndTell(
  session: Session,
  parsed: ParsedRecipe,
  options: TrainOptions & { readonly out: string },
): Promise<EndEvent | undefined> {
  const { train } = await import('../trainers/run/train.js');
  const { recorded } = await import('../trainers/logs/record.js');
  const { writeSamples, writeTrainingReport } = await import('../report/training/write.js');
  const { out, cluster } = options;
  if (cluster !== undefined && cluster.rank > 0) {
    for await (const _ of train(parsed, options)); // the first process tells and writes
    return undefined;
  }
  let bar: Progress | undefined;
  let end: EndEvent | undefined;
  try {
    for await (const event of recorded(train(parsed, options), out)) {
      const line = describeEvent(event);
      if (line !== undefined) session.note(line);
      if (event.type === 'start') {
        const total = event.epochs * event.stepsPerEpoch;
        bar = session.progress({ label: 'train', total, initial: event.step, unit: 'steps' });
        await writeSamples(parsed, out, session.signal);
      } else if (event.type === 'step') bar?.update(event.step, describeStep(event));
      else if (event.type === 'checkpoint' || event.type === 'end') await writeTrainingReport(out);
      if (event.type === 'end') end = event;
    }
    return end;
  } finally {
    bar?.stop();
  }
}

/** Runs this very command in several processes, and again from the last checkpoint when one dies. */
async function launchAll(
  session: Session,
  { processes, hosts, host }: { processes: number; hosts?: string | undefined; host: number },
): Promise<void> {
  const { launch } = await import('../trainers/parallel/launch.js');
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const addresses = hosts?.split(',');
  await launch({
    command,
    again: command.filter((word) => word !== '--restart'),
    processes,
    restarts: 3,
    ...(addresses && { hosts: { addresses, index: host, patience: HOST_PATIENCE } }),
    onLine: (rank, line) => session.note(`process ${rank}: ${line}`),
    onRestart: (reason) => session.warn(`${reason}; all begin again from the last checkpoint.`),
    signal: session.signal,
  });
}
