import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../../core/errors.js';
import { type PreprocessOptions, prepareVolumes } from '../../datasets/nifti/index.js';
import { parseOptions } from '../support/options.js';
import { expectOut } from '../support/out.js';
import { expectPaths } from '../support/paths.js';
import { withSession } from '../support/session.js';
import { volumesOf } from './files.js';
import { describePreparation } from './text.js';

/** Numbers with commas between them, as many as told. */
function numbers<T extends readonly number[]>(count: number, example: string) {
  return z.string().transform((text, context): T => {
    const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    if (values.length === count && values.every(Number.isFinite)) return values as unknown as T;
    context.addIssue(`expected ${count} numbers with commas between them, such as ${example}`);
    return z.NEVER;
  });
}

const Options = z.object({
  labels: z.string().min(1).optional(),
  out: z.string().min(1),
  orientation: z.string().optional(),
  spacing: numbers<[number, number, number]>(3, '1,1,1').optional(),
  interpolation: z.enum(['nearest', 'linear', 'cubic']).optional(),
  foreground: z.coerce.number().optional(),
  margin: z.coerce.number().int().min(0).optional(),
  window: numbers<[number, number]>(2, '-57,164').optional(),
  percentiles: numbers<[number, number]>(2, '0.5,99.5').optional(),
  zScore: z.boolean().optional(),
  channels: z.boolean().default(false),
  nonzero: z.boolean().default(false),
  unit: z.boolean().optional(),
  concurrency: z.coerce.number().int().min(1).optional(),
  memory: z.coerce.number().positive().optional(),
  scrub: z.boolean().optional(),
  onError: z.enum(['fail', 'skip']).optional(),
});
type Options = z.output<typeof Options>;

const MORE = `
Example:
  cuemix volumes preprocess scans --labels masks --out prepared --orientation RAS --spacing 1,1,1 --window=-57,164

Writes uncompressed NIfTI-2 files and manifest.jsonl. Run it again to go on where it stopped.`;

/** `cuemix volumes preprocess scans --out prepared`. */
export function register(command: Command): void {
  command
    .summary('prepare a folder of volumes for training')
    .description(
      'Prepare volumes for training: turned and resampled in one interpolation, cut, intensities scaled. Labels are laid ' +
        'onto the grid of their images by nearest neighbour.',
    )
    .argument('<paths...>', 'NIfTI files or folders of them')
    .requiredOption('--out <dir>', 'folder for the prepared volumes')
    .option('--labels <dir>', 'label volumes with the names of the images')
    .option('--orientation <codes>', 'where x, y, z shall point, such as RAS')
    .option('--spacing <x,y,z>', 'millimetres per voxel; 0 keeps an axis')
    .option('--interpolation <kind>', 'nearest, linear or cubic (images only); linear unless told')
    .option('--foreground <value>', 'cut to the box around intensities above this')
    .option('--margin <voxels>', 'grow that box')
    .option('--window <from,to>', 'map this range of intensities to 0..1')
    .option('--percentiles <low,high>', 'map the range between percentiles to 0..1')
    .option('--z-score', 'mean 0 and deviation 1')
    .option('--unit', 'map smallest and largest intensity to 0 and 1')
    .option('--nonzero', 'leave zeros out of --percentiles and --z-score')
    .option('--channels', 'the fourth dimension holds channels (sequences), scaled one by one by --z-score')
    .option('--concurrency <n>', 'volumes at a time; one per core unless told')
    .option(
      '--memory <bytes>',
      'bytes to hold at most, but for one volume alone; a quarter of the memory unless told',
    )
    .option('--scrub', 'write no free text or extensions, which may name people')
    .option('--on-error <what>', 'a volume that cannot be read: fail, or skip it', 'fail')
    .addHelpText('after', MORE)
    .action(
      withSession(async (session, paths, raw) => {
        const options = parseOptions(Options, raw);
        const { out, labels, concurrency, memory, scrub, onError } = options;
        await expectPaths({ '<paths...>': paths, '--labels': labels });
        const preprocess = preprocessOptions(options);
        await expectOut(out, ['manifest.jsonl', '.journal.jsonl', 'images']);
        const duplicates = onError === 'skip' ? 'keep' : 'refuse';
        const images = await volumesOf(paths, session.signal, duplicates);
        const labelFiles = labels === undefined ? [] : await volumesOf([labels], session.signal, duplicates);
        const total = images.length + labelFiles.length;
        const bar = session.progress({ label: 'preparing', total, unit: 'volumes' });
        try {
          const result = await prepareVolumes(images, {
            out,
            preprocess,
            labels: labelFiles,
            ...(concurrency === undefined ? {} : { concurrency }),
            ...(memory === undefined ? {} : { memory }),
            ...(scrub === undefined ? {} : { scrub }),
            ...(onError === undefined ? {} : { onError }),
            signal: session.signal,
            onProgress: (done) => bar.update(done),
          });
          bar.stop();
          session.result(result, describePreparation(result));
          return result.failed.length > 0 ? 1 : 0;
        } finally {
          bar.stop();
        }
      }),
    );
}

function preprocessOptions(options: Options): Omit<PreprocessOptions, 'role' | 'signal' | 'region' | 'onto'> {
  const { orientation, spacing, interpolation, foreground, margin, window, percentiles, zScore, unit } =
    options;
  const { nonzero, channels } = options;
  if (margin !== undefined && foreground === undefined)
    throw new UsageError('Expected --foreground beside --margin, which grows its box.');
  if (nonzero && percentiles === undefined && zScore === undefined)
    throw new UsageError('Expected --percentiles or --z-score beside --nonzero.');
  return {
    ...(channels && { fourth: 'channels' }),
    ...(orientation === undefined ? {} : { orientation }),
    ...(spacing === undefined ? {} : { spacing }),
    ...(interpolation === undefined ? {} : { interpolation }),
    ...(foreground === undefined ? {} : { foreground: { threshold: foreground, margin: margin ?? 0 } }),
    ...(window === undefined ? {} : { window: { from: window } }),
    ...(percentiles === undefined
      ? {}
      : { percentiles: { low: percentiles[0], high: percentiles[1], nonzero } }),
    ...(zScore === undefined ? {} : { zScore: { nonzero, perChannel: channels } }),
    ...(unit === undefined ? {} : { unit }),
  };
}
