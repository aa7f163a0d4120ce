import { join, parse } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { DatasetError, UsageError } from '../core/errors.js';
import type { Label } from '../core/label.js';
import { counted } from '../core/plural.js';
import { openDataset } from '../datasets/open.js';
import { stream } from '../datasets/stream/stream.js';
import { writeFileAtomic } from '../io/files/atomic.js';
import { checkFile } from '../io/files/make-folder.js';
import { readInput } from '../io/files/open-input.js';
import { batchSheet } from '../report/batch-sheet.js';
import type { RecipePreview } from './preview-recipe.js';
import { parseOptions } from './support/options.js';
import { expectPaths } from './support/paths.js';
import { type Session, withSession } from './support/session.js';

const Options = z.object({
  out: z.string().min(1),
  count: z.coerce.number().int().min(1).max(256),
  size: z.coerce.number().int().min(16).max(1024),
  seed: z.coerce.number().int(),
  epoch: z.coerce.number().int().min(0),
  transforms: z.string().optional(),
  set: z.array(z.string()).default([]),
});

const MAX_LIST = 1 << 20;

const List = z.array(z.strictObject({ name: z.string(), options: z.unknown().optional() }));

/** `cuemix preview`: what a loop will see. */
export function register(command: Command): void {
  command
    .description(
      'Draw a contact sheet of one augmented batch with its labels: the very samples that a stream with this seed and ' +
        'epoch begins with. Of a recipe (.yaml): the first batch of the epoch as the network sees it, mixed and painted; ' +
        'a view for the auxiliary route gets a sheet of its own, named after OUT with -aux.',
    )
    .argument('<data>', 'the dataset, or a training recipe')
    .option('--out <file>', 'the sheet, a JPEG', 'preview.jpg')
    .option('--count <n>', 'samples', '16')
    .option('--size <pixels>', 'side of each picture under the default transforms', '160')
    .option('--seed <n>', 'root of every random choice', '0')
    .option('--set <key=value...>', 'change the recipe, as for cuemix train')
    .option('--epoch <n>', 'epoch', '0')
    .option(
      '--transforms <json>',
      'list of {"name", "options"}, or a file that holds one; crop and flip unless told',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  cuemix preview photos --out sheet.jpg --seed 1\n  cuemix preview recipe.yaml --count 9',
    )
    .action(
      withSession(async (session, [path = ''], raw) => {
        const { out, count, size, seed, epoch, transforms: told, set } = parseOptions(Options, raw);
        const { signal } = session;
        await expectPaths({ '<data>': path });
        await checkFile(out);
        if (!/\.jpe?g$/i.test(out))
          throw new UsageError(`Expected --out to end in .jpg but received ${out}.`);
        if (/\.ya?ml$/i.test(path)) return showRecipe(session, path, out, { count, epoch, set, signal });
        if (set.length > 0) throw new UsageError('Expected a recipe (.yaml) for --set.');
        const usual = [{ name: 'randomResizedCrop', options: { size } }, { name: 'flip' }];
        const transforms = told === undefined ? usual : await readTransforms(told);
        const dataset = await openDataset(path, { signal });
        try {
          const cursor = { epoch, offset: 0 };
          const options = {
            seed,
            cursor,
            transforms,
            batch: count,
            epochs: epoch + 1,
            workers: 0,
            onError: 'skip',
            signal,
          } as const;
          const batches = stream(dataset, options);
          let shown = 0;
          for await (const batch of batches) {
            shown = batch.ids.length;
            await writeFileAtomic(out, await batchSheet(batch, dataset.classes), { signal });
            const samples = batch.ids.map((id, place) => ({
              id,
              label: batch.labels[place],
              drawn: batch.traces[place],
            }));
            const { refused } = batches.report;
            const left = refused > 0 ? `; ${refused} could not be read (cuemix inspect tells why)` : '';
            session.result({ out, samples, refused }, `${counted(shown, 'sample')} on ${out}${left}.`);
            break;
          }
          if (shown === 0)
            throw new DatasetError('E_EMPTY', `Expected samples in ${path} but none can be read.`);
        } finally {
          await dataset.close?.();
        }
      }),
    );
}

/** Draws a sheet for each view of a recipe's batch. */
async function showRecipe(session: Session, path: string, out: string, how: RecipePreview): Promise<void> {
  const { recipeBatch } = await import('./preview-recipe.js');
  const { views, classes } = await recipeBatch(path, how);
  const sheets: { out: string; route: string; samples: { id: string; label: Label }[] }[] = [];
  for (const { route, batch } of views) {
    const { dir, name, ext } = parse(out);
    const sheet = route === 'main' ? out : join(dir, `${name}-${route}${ext}`);
    await writeFileAtomic(sheet, await batchSheet(batch, classes), { signal: how.signal });
    const samples = batch.ids.map((id, place) => ({ id, label: batch.labels[place]! }));
    sheets.push({ out: sheet, route, samples });
  }
  const lines = sheets.map(
    (sheet) => `${sheet.samples.length} samples (${sheet.route}) are on ${sheet.out}.`,
  );
  session.result({ sheets }, lines.join('\n'));
}

async function readTransforms(told: string): Promise<z.output<typeof List>> {
  try {
    const text = told.trimStart().startsWith('[') ? told : (await readInput(told, MAX_LIST)).toString('utf8');
    return List.parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(
      'Expected --transforms to be a JSON list of {"name", "options"} or a file that holds one.',
      { cause },
    );
  }
}
