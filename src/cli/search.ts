import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import type { SearchResult } from '../trainers/search/search.js';
import { describeFound, describeSearchProspect } from './search-text.js';
import { parseOptions } from './support/options.js';
import { expectOut } from './support/out.js';
import { expectPaths } from './support/paths.js';
import type { Progress } from './support/progress.js';
import { type Session, withSession } from './support/session.js';
import { describeEvent, describeStep } from './train-text.js';

const positive = z.coerce.number().positive().optional();
const Options = z.object({
  out: z.string().min(1).optional(),
  set: z.array(z.string()).default([]),
  targetMacs: positive,
  targetParams: positive,
  targetLatency: positive,
  dryRun: z.boolean().default(false),
});

/** `cuemix search recipe.yaml`. */
export function register(command: Command): void {
  command
    .description(
      'Search an architecture by a recipe with a search section (atomnas, autonl or cakes; random and width to compare ' +
        'with), write it as architecture.json, and train it. The same command goes on where a stopped or killed search stood.',
    )
    .argument('<recipe>', 'a YAML file')
    .option('--out <dir>', 'folder of the search; runs/<name of the recipe> unless told')
    .option('--set <key=value...>', 'change the recipe, such as epochs=5 or search.atomnas.rho=1e-4')
    .option('--target-macs <n>', 'multiply-accumulates of one sample that the network may cost')
    .option('--target-params <n>', 'parameters that it may have')
    .option('--target-latency <ms>', 'milliseconds of one sample’s forward pass on this machine')
    .option('--dry-run', 'check everything and tell what the search would take, without searching')
    .addHelpText(
      'after',
      '\nExamples:\n  cuemix search recipes/small/atomnas-search.yaml --target-macs 20e6\n  cuemix describe runs/atomnas-search/architecture.json',
    )
    .action(
      withSession(async (session, [file = ''], raw) => {
        const { set, targetMacs, targetParams, targetLatency, dryRun, ...given } = parseOptions(Options, raw);
        await expectPaths({ '<recipe>': file });
        const { readRecipe } = await import('../trainers/recipe/index.js');
        const first = await readRecipe(file, set);
        const name = Object.keys(first.recipe.search ?? {})[0];
        const targets = { macs: targetMacs, params: targetParams, latency: targetLatency };
        // Takes the place of the recipe's target, whatever its unit.
        const target = JSON.stringify(targets);
        const changes = target === '{}' ? [] : [`search.${name}.target=${target}`];
        const parsed =
          changes.length === 0 || name === undefined ? first : await readRecipe(file, [...set, ...changes]);
        if (dryRun) {
          const { searchProspect } = await import('../trainers/search/prospect.js');
          const told = await searchProspect(parsed, session.signal);
          session.result({ recipe: parsed.recipe, ...told }, describeSearchProspect(told));
          return;
        }
        const out = given.out ?? join('runs', basename(file).replace(/\.(ya?ml|json)$/i, ''));
        await expectOut(out, ['search', 'train', 'search.json']);
        const { search } = await import('../trainers/search/search.js');
        const { writeTrainingReport } = await import('../report/training/write.js');
        const { writeSearchReport } = await import('../report/search/write.js');
        let bar: Progress | undefined;
        let found: SearchResult | undefined;
        let stopped = false;
        let metrics: Readonly<Record<string, number>> | undefined;
        try {
          for await (const told of search(parsed, { out, signal: session.signal })) {
            if (told.phase === 'found') {
              found = told.result;
              continue;
            }
            const { phase, event } = told;
            if (found && event.type === 'start') session.note(describeFound(found)); // before it is trained
            const line = describeEvent(event);
            if (line !== undefined) session.note(line);
            if (event.type === 'start') bar = startBar(session, phase, event);
            else if (event.type === 'step') bar?.update(event.step, describeStep(event));
            else if (event.type === 'end') {
              bar?.stop();
              stopped = event.reason === 'stopped';
              metrics = event.metrics;
              await writeTrainingReport(join(out, phase));
            }
          }
        } finally {
          bar?.stop();
        }
        if (found) await writeSearchReport(out);
        const text = found
          ? `${describeFound(found)}\n${join(out, 'architecture.json')}; report: ${join(out, 'report.html')}`
          : `${out}: stopped; the same command goes on.`;
        session.result({ out, stopped, ...found, ...(metrics && { metrics }) }, text);
      }),
    );
}

function startBar(
  session: Session,
  label: string,
  { epochs, stepsPerEpoch, step }: { epochs: number; stepsPerEpoch: number; step: number },
): Progress {
  return session.progress({ label, total: epochs * stepsPerEpoch, initial: step, unit: 'steps' });
}
