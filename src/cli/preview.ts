import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../core/errors.js';
import { openDataset } from '../datasets/open.js';
import { stream } from '../datasets/stream/stream.js';
import { writeFileAtomic } from '../io/atomic.js';
import { batchSheet } from '../report/batch-sheet.js';
import { parseOptions } from './support/options.js';
import { withSession } from './support/session.js';

const Options = z.object({
  out: z.string().min(1),
  count: z.coerce.number().int().min(1).max(256),
  size: z.coerce.number().int().min(16).max(1024),
  seed: z.coerce.number().int(),
  epoch: z.coerce.number().int().min(0),
  transforms: z.string().optional(),
});

const List = z.array(z.strictObject({ name: z.string(), options: z.unknown().optional() }));

/** `cuemix preview`: what a loop will see. */
export function register(command: Command): void {
  command
    .description(
      'Draw a contact sheet of one augmented batch with its labels: the very samples that a stream with this seed and ' +
        'epoch begins with.',
    )
    .argument('<data>', 'the dataset')
    .option('--out <file>', 'the sheet, a JPEG', 'preview.jpg')
    .option('--count <n>', 'samples', '16')
    .option('--size <pixels>', 'side of each picture under the default transforms', '160')
    .option('--seed <n>', 'root of every random choice', '0')
    .option('--epoch <n>', 'epoch', '0')
    .option(
      '--transforms <json>',
      'list of {"name", "options"}, or a file that holds one; crop and flip unless told',
    )
    .addHelpText('after', '\nExample:\n  cuemix preview photos --out sheet.jpg --seed 1')
    .action(
      withSession(async (session, [path = ''], raw) => {
        const { out, count, size, seed, epoch, transforms: told } = parseOptions(Options, raw);
        const { signal } = session;
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
          for await (const batch of stream(dataset, options)) {
            await writeFileAtomic(out, await batchSheet(batch, dataset.classes), { signal });
            const samples = batch.ids.map((id, place) => ({
              id,
              label: batch.labels[place],
              drawn: batch.traces[place],
            }));
            session.result({ out, samples }, `${batch.ids.length} samples are on ${out}.`);
            break;
          }
        } finally {
          await dataset.close?.();
        }
      }),
    );
}

async function readTransforms(told: string): Promise<z.output<typeof List>> {
  try {
    const text = told.trimStart().startsWith('[') ? told : await readFile(told, 'utf8');
    return List.parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(
      'Expected --transforms to be a JSON list of {"name", "options"} or a file that holds one.',
      { cause },
    );
  }
}
