import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { stream } from '../../datasets/stream/stream.js';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { CONFUSION_FILE, readLog } from '../../trainers/logs/record.js';
import { chosen } from '../../trainers/recipe/choice.js';
import type { ParsedRecipe } from '../../trainers/recipe/parse.js';
import { openData } from '../../trainers/run/setup.js';
import { batchSheet } from '../batch-sheet.js';
import type { ChartLibrary } from './chart-page.js';
import { trainingPage } from './page.js';

const REPORT_FILE = 'report.html';
const SAMPLES_FILE = 'samples.jpg';
const RECIPE_FILE = 'recipe.yaml';
const SAMPLES = 16;

/**
 * Writes what a run's report needs beside its log: the recipe with all defaults, and a sheet of the first samples as
 * they are read (for data that is pictures).
 */
export async function writeSamples(parsed: ParsedRecipe, out: string, signal: AbortSignal): Promise<void> {
  const { recipe, known } = parsed;
  await writeFileAtomic(join(out, RECIPE_FILE), stringify(recipe), { fsync: false });
  const data = await openData(parsed, signal);
  try {
    const transforms = recipe.data.train.transforms.map((one) => chosen(one));
    const { modules } = known;
    const common = { seed: recipe.seed, workers: 0, onError: 'skip', signal } as const;
    for await (const batch of stream(data.train, { ...common, batch: SAMPLES, transforms, modules })) {
      const { image } = batch.rasters;
      const isPictures =
        image?.shape.length === 4 && image.shape[3] === 3 && image.data instanceof Uint8Array;
      if (isPictures)
        await writeFileAtomic(join(out, SAMPLES_FILE), await batchSheet(batch, data.classes), {
          fsync: false,
        });
      return;
    }
  } finally {
    await data.close();
  }
}

/** Writes `report.html` of a run from its log. */
export async function writeTrainingReport(out: string): Promise<void> {
  const optional = (name: string) => readFile(join(out, name)).catch(() => undefined);
  const lines = await readLog(out);
  const confusion = await optional(CONFUSION_FILE);
  const samples = await optional(SAMPLES_FILE);
  const classes = lines.findLast(({ type }) => type === 'start')?.classes as string[] | undefined;
  const page = trainingPage({
    name: basename(resolve(out)),
    lines,
    recipe: String((await optional(RECIPE_FILE)) ?? ''),
    classes: classes ?? [],
    library: await chartLibrary(),
    ...(confusion && { confusion: JSON.parse(String(confusion)) as number[][] }),
    ...(samples && { samples }),
  });
  await writeFileAtomic(join(out, REPORT_FILE), page, { fsync: false });
}

/** uPlot as it comes in its package: 50 kB that draw curves in the reader's browser. */
export async function chartLibrary(): Promise<ChartLibrary> {
  const { resolve: find } = createRequire(import.meta.url);
  const read = (file: string) => readFile(find(`uplot/dist/${file}`), 'utf8');
  return { script: await read('uPlot.iife.min.js'), style: await read('uPlot.min.css') };
}
